update carriers c set link = old.link
from (values
    ('yto', 'https://www.kuaidi100.com/chaxun?com=yuantong&nu={number}', 'https://www.yto.net.cn/query/detail.html?nums={number}'),
    ('sto', 'https://www.kuaidi100.com/chaxun?com=shentong&nu={number}', 'https://www.sto.cn/pc/service-page/iframe?bill={number}'),
    ('yunda', 'https://www.kuaidi100.com/chaxun?com=yunda&nu={number}', 'https://www.yundaex.com/cn/query.php?mailno={number}'),
    ('ems', 'https://www.kuaidi100.com/chaxun?com=ems&nu={number}', 'https://www.ems.com.cn/queryList?mailNo={number}'),
    (
        'china_post', 'https://www.kuaidi100.com/chaxun?com=youzhengguonei&nu={number}',
        'https://yjcx.chinapost.com.cn/qps/yjcx?mailNo={number}'
    )
) as old (code, new_link, link)
where c.code = old.code and c.link = old.new_link;
