//! The catalog as pages ask for it: each question is answered from the database after it was asked, and what many ask
//! at the same moment is read once for all of them.

use std::{collections::HashMap, sync::Arc};

use super::queries;
use crate::{
    platform::{
        batch::Batcher,
        db::{Db, DbError},
    },
    web::{Department, Language, PageError},
};

/// The shop's shelves.
pub struct Catalog {
    departments: Batcher<Language, Vec<Department>, DbError>,
}

impl Catalog {
    /// Stands on the runtime that this is called on.
    pub fn open(db: &Db) -> Self {
        let departments = db.clone();
        Self {
            departments: Batcher::new(move |languages| {
                let db = departments.clone();
                async move {
                    db.run(move |conn| {
                        let of = |language| Ok((language, queries::departments(conn, language)?));
                        languages.into_iter().map(of).collect::<Result<HashMap<_, _>, DbError>>()
                    })
                    .await
                }
            }),
        }
    }

    /// The roots of the tree of categories, for every page.
    ///
    /// # Errors
    /// The database's own.
    pub async fn departments(&self, language: Language) -> Result<Arc<Vec<Department>>, PageError> {
        Ok(self.departments.get(language).await?.unwrap_or_default())
    }
}
