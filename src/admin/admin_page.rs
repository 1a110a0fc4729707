use std::ops::Deref;

use super::nav_badges::NavBadges;
use crate::{
    platform::db::Db,
    web::{Page, PageError},
};

/// The data of the layout of admin pages: that of every page of the shop, and the badges in the navigation.
pub(super) struct AdminPage {
    page: Page,
    pub(super) badges: NavBadges,
}

impl AdminPage {
    pub(super) fn new(page: Page, badges: NavBadges) -> Self {
        Self { page, badges }
    }

    /// Loads the badges beside the links of the navigation with a query of their own.
    pub(super) async fn load(page: Page, db: &Db) -> Result<Self, PageError> {
        Ok(Self { page, badges: NavBadges::load(db).await? })
    }
}

impl Deref for AdminPage {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl From<AdminPage> for Page {
    fn from(shown: AdminPage) -> Self {
        shown.page
    }
}
