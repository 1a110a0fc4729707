"""Makes requests.json, answers.json and notifications.json with Alipay's own package. See README.md."""

import datetime
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

os.environ["TZ"] = "Asia/Shanghai"  # the package writes the local time into its requests
time.tzset()

import alipay.aop.api.DefaultAlipayClient as package
from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.request.AlipayDataDataserviceBillDownloadurlQueryRequest import (
    AlipayDataDataserviceBillDownloadurlQueryRequest,
)
from alipay.aop.api.request.AlipayTradeCloseRequest import AlipayTradeCloseRequest
from alipay.aop.api.request.AlipayTradeFastpayRefundQueryRequest import AlipayTradeFastpayRefundQueryRequest
from alipay.aop.api.request.AlipayTradePagePayRequest import AlipayTradePagePayRequest
from alipay.aop.api.request.AlipayTradeQueryRequest import AlipayTradeQueryRequest
from alipay.aop.api.request.AlipayTradeRefundRequest import AlipayTradeRefundRequest
from alipay.aop.api.request.AlipayTradeWapPayRequest import AlipayTradeWapPayRequest
from alipay.aop.api.util.SignatureUtils import get_sign_content, sign_with_rsa2, verify_with_rsa

HERE = os.path.dirname(os.path.abspath(__file__))
APP_ID = "2021000000000001"
SELLER_ID = "2088000000000002"
FROZEN = datetime.datetime(2026, 11, 28, 12, 0, 0)
RETURN_URL = "http://127.0.0.1:8080/orders/7/payment?from=pay"


def bare_key(name):
    with open(os.path.join(HERE, name)) as file:
        return "".join(line.strip() for line in file if not line.startswith("-----"))


def client(server_url):
    config = AlipayClientConfig()
    config.server_url = server_url
    config.app_id = APP_ID
    config.app_private_key = bare_key("test_app_private_key.pkcs1.pem")
    config.alipay_public_key = bare_key("test_gateway_public_key.pem")
    return package.DefaultAlipayClient(config)


class FrozenTime:
    """Stands in for the module `datetime` in the package."""

    class datetime(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return FROZEN


def request(kind, content, notify_url=None, return_url=None):
    made = kind()
    made.biz_content = content
    if notify_url:
        made.notify_url = notify_url
    if return_url:
        made.return_url = return_url
    return made


def page_content(number, amount, **more):
    return {
        "out_trade_no": number,
        "total_amount": amount,
        "subject": "茶叶 500 克",
        "product_code": "FAST_INSTANT_TRADE_PAY",
        **more,
    }


# Requests


def request_vectors():
    gateway = client("http://127.0.0.1:8090/gateway.do")
    notify_url = "http://127.0.0.1:8080/payments/alipay/notification"
    expire = {"time_expire": "2026-11-28 12:30:00"}
    hard = {"body": "100% 棉 + 麻 = \"好\" & <b>/\\ 😀", "passback_params": "a%3D1%26b%3D%E8%8C%B6"}
    wap = {**page_content("T3", "8.00"), "product_code": "QUICK_WAP_WAY", "quit_url": "http://127.0.0.1:8080/cart"}
    pages = [
        ("page", request(AlipayTradePagePayRequest, page_content("T1", "0.01"))),
        ("page_with_urls", request(
            AlipayTradePagePayRequest, page_content("T2", "88.80", **expire, **hard), notify_url, RETURN_URL
        )),
        ("phone_page", request(AlipayTradeWapPayRequest, {**wap, **expire}, notify_url, RETURN_URL)),
    ]
    calls = [
        ("query", request(AlipayTradeQueryRequest, {"out_trade_no": "T1"})),
        ("query_by_trade_no", request(AlipayTradeQueryRequest, {"trade_no": "2026112822001000000000000001"})),
        ("close", request(AlipayTradeCloseRequest, {"out_trade_no": "T1"})),
        ("refund", request(AlipayTradeRefundRequest, {
            "out_trade_no": "T1", "refund_amount": "3.50", "out_request_no": "R1", "refund_reason": "破损 + 100% & \"=\"",
        })),
        ("refund_query", request(AlipayTradeFastpayRefundQueryRequest, {"out_trade_no": "T1", "out_request_no": "R1"})),
        ("bill", request(AlipayDataDataserviceBillDownloadurlQueryRequest, {
            "bill_type": "trade", "bill_date": "2026-11-27",
        })),
    ]
    package.datetime = FrozenTime
    vectors = [request_vector(name, gateway.page_execute(made, "GET"), "") for name, made in pages]
    for name, made in calls:
        query, body = gateway._DefaultAlipayClient__prepare_request(made)
        vectors.append(request_vector(name, "http://127.0.0.1:8090/gateway.do?" + query, urllib.parse.urlencode(body)))
    package.datetime = datetime
    return vectors


def request_vector(name, url, body):
    """What the package sends, and what its own functions sign for these parameters."""
    parameters = dict(urllib.parse.parse_qsl(url.partition("?")[2]) + urllib.parse.parse_qsl(body))
    sign = parameters.pop("sign")
    content = get_sign_content(parameters)
    assert sign_with_rsa2(bare_key("test_app_private_key.pkcs1.pem"), content, "utf-8") == sign
    return {"name": name, "url": url, "body": body, "parameters": parameters, "sign_content": content, "sign": sign}


# Answers and notifications of a running cashier


class Shop(http.server.BaseHTTPRequestHandler):
    received = []

    def do_POST(self):
        Shop.received.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"success")

    def log_message(self, *_):
        pass


class Cashier:
    def __init__(self, program):
        settings = {
            "CASHIER_ADDRESS": "127.0.0.1:0",
            "CASHIER_APP_ID": APP_ID,
            "CASHIER_SELLER_ID": SELLER_ID,
            "CASHIER_PRIVATE_KEY_FILE": os.path.join(HERE, "test_gateway_private_key.pem"),
            "CASHIER_APP_PUBLIC_KEY_FILE": os.path.join(HERE, "test_app_public_key.pem"),
        }
        self.process = subprocess.Popen([program], env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]
        self.shop = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
        threading.Thread(target=self.shop.serve_forever, daemon=True).start()
        self.notify_url = "http://127.0.0.1:%d/notify" % self.shop.server_port
        self.client = client(self.url + "/gateway.do")
        self.answers = []
        self.notifications = []
        package.do_post = self.send

    def send(self, url, query, headers, form, charset, timeout):
        """Replaces the package's own function, which fails for a URL with a port, and keeps the answer."""
        sent = urllib.request.Request(url + "?" + query, urllib.parse.urlencode(form).encode(), headers)
        with urllib.request.urlopen(sent, timeout=timeout) as answer:
            self.answer = answer.read()
        return self.answer

    def post(self, path, orders):
        with urllib.request.urlopen(self.url + path, json.dumps(orders).encode()) as answer:
            return json.load(answer)

    def pay(self, number, amount, **more):
        made = request(AlipayTradePagePayRequest, page_content(number, amount, **more), self.notify_url, RETURN_URL)
        urllib.request.urlopen(self.client.page_execute(made, "GET")).read()
        return self.post("/control/pay", {"out_trade_no": number})["return_url"]

    def call(self, name, kind, content, is_genuine=True):
        """Calls through the package, which verifies the answer, and keeps its bytes."""
        try:
            told = json.loads(self.client.execute(request(kind, content)))
            assert is_genuine, name
        except package.ResponseException as refused:
            assert not is_genuine, refused
            told = None
        self.answers.append({"name": name, "answer": self.answer.decode(), "genuine": is_genuine, "content": told})

    def add_answer(self, name, text):
        """An answer that the package must refuse."""
        try:
            self.client._DefaultAlipayClient__parse_response(text.encode())
        except package.ResponseException:
            self.answers.append({"name": name, "answer": text, "genuine": False, "content": None})
            return
        raise AssertionError(name)

    def received(self, name, note=""):
        for _ in range(500):
            if Shop.received:
                break
            time.sleep(0.01)
        self.add_notification(name, Shop.received.pop(), note)

    def add_notification(self, name, form, note=""):
        fields = urllib.parse.parse_qsl(form, strict_parsing=True)
        signed = {field: value for field, value in fields if field not in ("sign", "sign_type")}
        content = get_sign_content(signed)
        try:
            verify_with_rsa(bare_key("test_gateway_public_key.pem"), content.encode(), dict(fields)["sign"])
            is_genuine = True
        except Exception:
            is_genuine = False
        self.notifications.append(
            {"name": name, "form": form, "sign_content": content, "genuine": is_genuine, "note": note}
        )


def play(cashier):
    query, refund = AlipayTradeQueryRequest, AlipayTradeRefundRequest
    number = {"out_trade_no": "T1"}
    part = {**number, "refund_amount": "4.00", "out_request_no": "R1", "refund_reason": "破损 / 漏发"}
    rest = {**number, "refund_amount": "6.00", "out_request_no": "R2"}
    cashier.call("query_before_the_buyer_acts", query, number)
    returned = cashier.pay("T1", "10.00", subject="茶叶 {500 克} \"}\" 😀", body="a+b c%20d", passback_params="a%3D1%2B1")
    cashier.received("paid")
    query_of_return = returned.partition("?from=pay&")[2]
    cashier.add_notification("browser_return", query_of_return, "the query of return_url, without its own")
    cashier.call("query_paid", query, number)
    cashier.call("close_paid", AlipayTradeCloseRequest, number)
    cashier.call("refund_part", refund, part)
    cashier.received("refunded_in_part")
    cashier.call("refund_again", refund, part)
    cashier.call("refund_too_much", refund, {**rest, "refund_amount": "6.01"})
    cashier.call("refund_query", AlipayTradeFastpayRefundQueryRequest, {**number, "out_request_no": "R1"})
    cashier.call("refund_query_of_none", AlipayTradeFastpayRefundQueryRequest, {**number, "out_request_no": "R9"})
    cashier.call("refund_rest", refund, rest)
    cashier.received("refunded_wholly")
    cashier.call("query_refunded", query, number)
    today = datetime.date.today().isoformat()
    bill = AlipayDataDataserviceBillDownloadurlQueryRequest
    cashier.call("bill", bill, {"bill_type": "trade", "bill_date": today})
    cashier.call("bill_of_an_empty_day", bill, {"bill_type": "trade", "bill_date": "2020-01-01"})
    cashier.pay("T2", "5.00")
    cashier.received("paid_another")
    cashier.post("/control", {"finish_trades": True})
    cashier.received("finished")
    cashier.post("/control", {"answer_20000": True, "times": 1})
    cashier.call("unavailable", query, number)
    cashier.post("/control", {"forge_signature": True, "times": 1})
    cashier.call("forged", query, number, is_genuine=False)
    cashier.post("/control", {"nonsense": True, "times": 1})
    cashier.call("nonsense", query, number, is_genuine=False)
    cashier.client._DefaultAlipayClient__config.app_id = "2021000000000009"
    cashier.call("unsigned_error", query, number, is_genuine=False)
    cashier.post("/control", {"forge_signature": True, "times": 1, "only": "notification"})
    cashier.client._DefaultAlipayClient__config.app_id = APP_ID
    cashier.pay("T3", "5.00")
    cashier.received("forged", "signed with another key")
    cashier.post("/control", {"change_amount": "0.01", "times": 1})
    cashier.pay("T4", "5.00")
    cashier.received("other_amount", "well signed, but the order costs 5.00")


def tamper(cashier):
    paid = next(vector["answer"] for vector in cashier.answers if vector["name"] == "query_paid")
    another = json.loads(next(vector["answer"] for vector in cashier.answers if vector["name"] == "refund_part"))
    cashier.add_answer("written_again", json.dumps(json.loads(paid), ensure_ascii=False, separators=(",", ":")))
    cashier.add_answer("amount_changed", paid.replace("10.00", "100.00", 1))
    cashier.add_answer("space_added", paid.replace("{", "{ ", 2))
    cashier.add_answer("signature_of_another", paid.replace(json.loads(paid)["sign"], another["sign"]))
    cashier.add_answer("signature_removed", paid[: paid.rindex(",\"sign\"")] + "}")
    form = next(vector["form"] for vector in cashier.notifications if vector["name"] == "paid")
    for name, changed in [
        ("amount_changed", form.replace("total_amount=10.00", "total_amount=0.01")),
        ("field_added", form + "&gateway=alipay"),
        ("field_removed", "&".join(part for part in form.split("&") if not part.startswith("trial_note="))),
        ("decoded_twice", form.replace("1%2B1", "1+1")),
        ("html_escaped", form.replace("%22", "%26quot%3B")),
    ]:
        assert changed != form, name
        cashier.add_notification(name, changed, "changed after signing")
        assert not cashier.notifications[-1]["genuine"], name


def write(name, vectors):
    with open(os.path.join(HERE, name), "w") as file:
        json.dump(vectors, file, ensure_ascii=False, indent=1)
        file.write("\n")


def main():
    write("requests.json", request_vectors())
    cashier = Cashier(sys.argv[1])
    try:
        play(cashier)
        tamper(cashier)
    finally:
        cashier.process.kill()
    genuine = [vector["name"] for vector in cashier.answers if vector["genuine"]]
    print("the package accepts the answers:", ", ".join(genuine))
    print("it refuses:", ", ".join(vector["name"] for vector in cashier.answers if not vector["genuine"]))
    genuine = [vector["name"] for vector in cashier.notifications if vector["genuine"]]
    print("it accepts the notifications:", ", ".join(genuine))
    print("it refuses:", ", ".join(vector["name"] for vector in cashier.notifications if not vector["genuine"]))
    write("answers.json", cashier.answers)
    write("notifications.json", cashier.notifications)


main()
