//! The list of products (SPUs) for staff.

use askama::Template;

use super::products::TaxonOptions;
use crate::{
    accounts::StaffRequest,
    admin::admin_page::AdminPage,
    catalog::{self, ProductFilter, ProductListItem, ProductSearch},
    platform::db::DbError,
    web::{self, Fields, PageResult, Paging, filters},
};

const PER_PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/catalog/products.html")]
struct ProductsPage {
    page: AdminPage,
    query: Fields,
    search: ProductSearch,
    choices: TaxonOptions,
    lines: Vec<ProductListItem>,
    paging: Paging,
}

/// `GET /admin/products`: the list of products; reads the filters `q`, `category`, `brand` and `show`, and `page`.
pub async fn products(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    let (search, words, t) = (ProductSearch::read(&query), query.clone(), staff.page.t);
    let (search, choices, lines, paging) = staff
        .db
        .run(move |conn| {
            let asked = words.get("page").parse().unwrap_or(1);
            let (total, lines) = catalog::product_list(conn, &search, (asked, PER_PAGE), t.language())?;
            let paging = Paging::new(&words, &["q", "category", "brand", "show"], total, PER_PAGE);
            Ok::<_, DbError>((search, TaxonOptions::load(conn, t)?, lines, paging))
        })
        .await?;
    let page = AdminPage::load(staff.page, &staff.db).await?;
    web::html(&ProductsPage { page, query, search, choices, lines, paging })
}

impl ProductsPage {
    fn q(&self) -> String {
        self.query.get("q").chars().take(100).collect()
    }

    fn shows(&self) -> [(ProductFilter, &'static str); 3] {
        let t = self.page.t;
        let name = |show| match show {
            ProductFilter::All => t.products_show_all(),
            ProductFilter::Published => t.products_published(),
            ProductFilter::Hidden => t.products_hidden(),
        };
        ProductFilter::ALL.map(|show| (show, name(show)))
    }

    fn price(&self, line: &ProductListItem) -> String {
        match line.prices {
            None => "–".to_owned(),
            Some((least, most)) if least == most => least.to_string(),
            Some((least, most)) => format!("{least} – {most}"),
        }
    }
}
