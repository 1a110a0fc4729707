//! Users of the demo accounts, and generated users.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{SeedError, rows};
use crate::{
    accounts::{self, DEMO_SIGN_INS, NewUser, Role},
    kernel::UserId,
};

/// Returns the demo accounts with their passwords as an aligned list for a terminal.
pub(crate) fn demo_list() -> String {
    let line = |who: &str, name: &str, password: &str| format!("  {who:<8}  {name:<8}  {password}\n");
    let lines = DEMO_SIGN_INS.iter().map(|person| line(person.role.code(), person.username, person.password));
    std::iter::once(line("who", "username", "password")).chain(lines).collect()
}

/// The addresses of the demo shopper, the default first: [recipient, phone, region, street, postcode].
const ADDRESSES: [[&str; 5]; 2] = [
    ["李梅", "13800138001", "浙江省杭州市西湖区", "文三路268号2幢1601室", "310012"],
    ["李梅（公司）", "13800138002", "浙江省杭州市滨江区", "江南大道588号8楼前台", "310052"],
];

/// Creates the demo accounts.
///
/// # Errors
/// If an account with one of their names exists.
pub(super) fn open_accounts(conn: &mut PgConnection) -> Result<(), SeedError> {
    for person in DEMO_SIGN_INS {
        let wrong = |what: &str| SeedError::Plan(format!("the demo account {}: {what}", person.username));
        let new = NewUser {
            username: person.username.parse().map_err(|_| wrong("no username"))?,
            email: email(person.username).parse().map_err(|_| wrong("no email address"))?,
            password_hash: hash_password(person.password)?,
            role: person.role,
        };
        let id = accounts::create_user(conn, &new)?
            .map_err(|_| wrong("somebody else has that name or email address already"))?;
        if person.role == Role::Shopper {
            address_book(conn, id)?;
        }
    }
    Ok(())
}

fn address_book(conn: &mut PgConnection, owner: UserId) -> QueryResult<()> {
    let book = ADDRESSES.iter().enumerate().map(|(at, lines)| {
        let [recipient, phone, region, street, postcode] = lines.map(str::to_owned);
        rows::Address { user_id: owner.0, recipient, phone, region, street, postcode, is_default: at == 0 }
    });
    rows::Address::copy(conn, &book.collect::<Vec<_>>()).map(|_| ())
}

/// A generated user with an address, as rows that are not written yet.
pub(super) struct FakeUser {
    pub(super) user: rows::User,
    pub(super) address: rows::Address,
}

impl FakeUser {
    /// Makes the user with this number; the same number always gives the same user.
    pub(super) fn new(id: i64, username: String, number: i64, password_hash: &str, created_at: DateTime<Utc>) -> Self {
        let (region, street, postcode) = cycle(&PLACES, number);
        let recipient = [cycle(&FAMILY_NAMES, number * 7), cycle(&GIVEN_NAMES, number / 3)].concat();
        let (house, floor, flat) = (number * 17 % 389 + 1, number % 18 + 1, number % 4 + 1);
        let address = rows::Address {
            user_id: id,
            recipient,
            phone: format!("1380013{:04}", number % 10_000),
            region: region.to_owned(),
            street: format!("{street}{house}号{floor}0{flat}室"),
            postcode: postcode.to_owned(),
            is_default: true,
        };
        let user = rows::User {
            id,
            email: email(&username),
            username,
            password_hash: password_hash.to_owned(),
            role: Role::Shopper.code(),
            created_at,
        };
        Self { user, address }
    }
}

/// Writes users with their addresses.
pub(super) fn write(conn: &mut PgConnection, users: Vec<FakeUser>) -> QueryResult<()> {
    let (users, addresses): (Vec<_>, Vec<_>) = users.into_iter().map(|one| (one.user, one.address)).unzip();
    rows::User::copy(conn, &users)?;
    rows::Address::copy(conn, &addresses)?;
    Ok(())
}

fn email(username: &str) -> String {
    format!("{username}@example.com")
}

pub(super) fn hash_password(password: &str) -> Result<String, String> {
    accounts::hash_password(password).map_err(|error| format!("a password could not be hashed: {error}"))
}

/// Returns the element of `list` at `number` modulo its length.
pub(super) fn cycle<T: Copy + Default>(list: &[T], number: i64) -> T {
    let at = usize::try_from(number).unwrap_or_default().checked_rem(list.len());
    at.and_then(|at| list.get(at)).copied().unwrap_or_default()
}

const FAMILY_NAMES: [&str; 20] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马",
    "罗",
];

const GIVEN_NAMES: [&str; 18] = [
    "子涵", "雨桐", "浩然", "思远", "佳怡", "文博", "晓燕", "志强", "梦琪", "建华", "丽华", "俊杰", "欣然", "明轩",
    "诗雨", "宇航", "静怡", "嘉豪",
];

/// Places as (region, street, postcode).
const PLACES: [(&str, &str, &str); 15] = [
    ("北京市朝阳区", "建国路", "100022"),
    ("上海市浦东新区", "张杨路", "200120"),
    ("广东省广州市天河区", "体育西路", "510620"),
    ("广东省深圳市南山区", "科苑路", "518057"),
    ("浙江省杭州市西湖区", "文三路", "310012"),
    ("江苏省南京市鼓楼区", "中山北路", "210003"),
    ("四川省成都市武侯区", "人民南路四段", "610041"),
    ("湖北省武汉市洪山区", "珞喻路", "430079"),
    ("陕西省西安市雁塔区", "小寨东路", "710061"),
    ("山东省青岛市市南区", "香港中路", "266071"),
    ("福建省厦门市思明区", "湖滨南路", "361004"),
    ("湖南省长沙市岳麓区", "麓山南路", "410082"),
    ("重庆市渝中区", "中山三路", "400015"),
    ("天津市和平区", "南京路", "300051"),
    ("辽宁省大连市沙河口区", "中山路", "116023"),
];
