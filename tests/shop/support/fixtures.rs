//! Products, users and addresses for tests, inserted directly into the tables.

use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher};
use diesel::{RunQueryDsl, sql_query};
use std::sync::LazyLock;
use till::kernel::{AddressId, SkuId, SpuId, UserId};

use super::Database;

/// The password of every user that [`Database::make_user`] creates.
pub const PASSWORD: &str = "correct horse battery";

/// Hashed with the weakest parameters, so that tests do not wait for it.
static PASSWORD_HASH: LazyLock<String> = LazyLock::new(|| {
    let weak = Params::new(8, 1, 1, None).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, weak);
    argon2.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
});

impl Database {
    /// A shopper; the password is [`PASSWORD`].
    pub fn make_user(&self, username: &str) -> UserId {
        self.make_person(username, "shopper")
    }

    /// SQL that inserts a copy of the only order for another user.
    pub fn copy_of_order_for(&self, user: UserId) -> String {
        let columns = self.text(
            "select string_agg(column_name, ', ') from information_schema.columns
             where table_name = 'orders' and column_name not in ('id', 'number', 'user_id', 'checkout_token')",
        );
        format!(
            "insert into orders (number, user_id, checkout_token, {columns})
             select overlay(number placing '999' from 1), {user}, 'another-token-0123456789', {columns} from orders;
             insert into order_goods (order_id, sku_id, name, options, background, price, count, discount)
             select (select max(id) from orders), sku_id, name, options, background, price, count, discount
             from order_goods"
        )
    }

    /// A member of staff.
    pub fn make_staff(&self, username: &str) -> UserId {
        self.make_person(username, "staff")
    }

    /// An admin.
    pub fn make_admin(&self, username: &str) -> UserId {
        self.make_person(username, "admin")
    }

    fn make_person(&self, username: &str, role: &str) -> UserId {
        let hash = &*PASSWORD_HASH;
        UserId(self.insert(&format!(
            "users (username, email, password_hash, role)
             values ('{username}', '{username}@example.com', '{hash}', '{role}')"
        )))
    }

    /// An entry of a user's address book; the first one is the default.
    pub fn make_address(&self, owner: UserId) -> AddressId {
        AddressId(self.insert(&format!(
            "addresses (user_id, recipient, phone, region, street, postcode, is_default)
             values ({owner}, 'Mei Lin', '13800138000', 'Shanghai, Xuhui', '1 Anfu Road', '200031',
                not exists (select from addresses where user_id = {owner}))"
        )))
    }

    /// Makes all orders findable by words, as a job does every half second.
    pub fn fill_order_search(&self) {
        while till::orders::fill_search(&mut self.connect()).unwrap() {}
    }

    /// A category, in another or at the top; its slug is its name.
    pub fn make_category(&self, name: &str, parent: Option<i64>) -> i64 {
        let parent = parent.map_or("null".to_owned(), |id| id.to_string());
        self.insert(&format!("categories (slug, name, parent_id) values ('{}', '{name}', {parent})", slug(name)))
    }

    /// A product without SKUs, in a category "Things".
    pub fn make_spu(&self, name: &str) -> SpuId {
        self.execute(
            "insert into categories (slug, name) values ('things', 'Things') on conflict do nothing;
             insert into brands (slug, name) values ('maker', 'Maker') on conflict do nothing",
        );
        self.make_spu_in("things", name)
    }

    /// A product without SKUs in an existing category, given by its slug.
    pub fn make_spu_in(&self, category: &str, name: &str) -> SpuId {
        self.execute("insert into brands (slug, name) values ('maker', 'Maker') on conflict do nothing");
        SpuId(self.insert(&format!(
            "spus (category_id, brand_id, slug, name)
             select c.id, b.id, '{}', '{name}' from categories c, brands b where c.slug = '{category}' and b.slug = 'maker'",
            slug(name)
        )))
    }

    /// A product with one SKU.
    pub fn make_sku(&self, stock: i32, price: &str) -> SkuId {
        let number = self.number("select count(*) + 1 from spus");
        let spu = self.make_spu(&format!("Thing {number}"));
        self.make_sku_of(spu, stock, price)
    }

    /// Another SKU of a product. Its stock comes from an import.
    pub fn make_sku_of(&self, spu: SpuId, stock: i32, price: &str) -> SkuId {
        let sku = self.insert(&format!(
            "skus (spu_id, code, name, price, stock)
             select id, 'S' || id || '-' || (select count(*) from skus), name, {price}, {stock} from spus where id = {spu}"
        ));
        if stock > 0 {
            self.insert(&format!("stock_movements (sku_id, delta, reason) values ({sku}, {stock}, 'import')"));
        }
        SkuId(sku)
    }

    /// The product of a SKU.
    pub fn spu_of(&self, sku: SkuId) -> SpuId {
        SpuId(self.number(&format!("select spu_id from skus where id = {sku}")))
    }

    /// The canonical path of a product's page.
    pub fn product_path(&self, spu: SpuId) -> String {
        self.text(&format!("select '/products/' || id || '-' || slug from spus where id = {spu}"))
    }

    /// An option of a product; returns the ids of its values.
    pub fn make_option(&self, spu: SpuId, name: &str, values: &[&str]) -> Vec<i64> {
        let option = self.insert(&format!(
            "options (spu_id, name, position)
             values ({spu}, '{name}', (select count(*) from options where spu_id = {spu}))"
        ));
        let value = |(place, value): (usize, &&str)| {
            self.insert(&format!("option_values (option_id, name, position) values ({option}, '{value}', {place})"))
        };
        values.iter().enumerate().map(value).collect()
    }

    /// Gives the SKU this option value.
    pub fn set_option(&self, sku: SkuId, value: i64) {
        self.execute(&format!(
            "insert into sku_option_values (sku_id, option_id, option_value_id)
             select {sku}, option_id, id from option_values where id = {value}"
        ));
    }

    /// Runs `insert into` with these words; returns the id of the new row.
    #[track_caller]
    pub fn insert(&self, words: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            id: i64,
        }
        let row: Row = self.with(|conn| sql_query(format!("insert into {words} returning id")).get_result(conn));
        row.id
    }
}

fn slug(name: &str) -> String {
    let words = name.to_lowercase();
    let words = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<&str>>().join("-")
}
