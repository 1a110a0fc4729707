//! All categories and brands by name, for menus and select boxes.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Integer, Text},
};

use crate::{
    kernel::{BrandId, CategoryId, Language},
    platform::db::statement,
};

/// A category and its depth in the tree.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct CategoryNode {
    #[diesel(sql_type = BigInt)]
    pub id: CategoryId,
    #[diesel(sql_type = Text)]
    pub slug: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The number of the category's ancestors; 0 for a root category.
    #[diesel(sql_type = Integer)]
    pub depth: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Brand {
    #[diesel(sql_type = BigInt)]
    pub id: BrandId,
    #[diesel(sql_type = Text)]
    pub slug: String,
    #[diesel(sql_type = Text)]
    pub name: String,
}

statement! {
    CategoryTree(language: &'static str as Text) -> [CategoryNode] =
    "with recursive tree (id, slug, name, depth, place) as (
        select id, slug, name, 0, array[position::bigint, id] from categories where parent_id is null
        union all
        select c.id, c.slug, c.name, t.depth + 1, t.place || array[c.position::bigint, c.id]
        from tree t join categories c on c.parent_id = t.id where t.depth < 20
     )
     select tree.id, tree.slug, coalesce(t.name, tree.name) as name, tree.depth
     from tree left join texts t on t.category_id = tree.id and t.language = " language "
     order by tree.place"
}

/// Loads all categories as a tree: each is followed by its descendants.
pub fn category_tree(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<CategoryNode>> {
    CategoryTree { language: language.code() }.load(conn)
}

statement! {
    BrandNames(language: &'static str as Text) -> [Brand] =
    "select b.id, b.slug, coalesce(t.name, b.name) as name
     from brands b left join texts t on t.brand_id = b.id and t.language = " language "
     order by name, b.id"
}

/// Loads all brands for select boxes, sorted by name.
pub fn brands(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<Brand>> {
    BrandNames { language: language.code() }.load(conn)
}

/// Returns the part of `tree` with the category of this slug and its descendants; `None` if there is no such category.
pub fn category_subtree<'a>(tree: &'a [CategoryNode], slug: &str) -> Option<&'a [CategoryNode]> {
    let at = tree.iter().position(|branch| branch.slug == slug)?;
    let (root, below) = tree.get(at..)?.split_first()?;
    let end = below.iter().position(|branch| branch.depth <= root.depth).unwrap_or(below.len());
    tree.get(at..=at + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_a_category_with_all_below_it() {
        let tree: Vec<CategoryNode> = [("a", 0), ("b", 1), ("c", 2), ("d", 1), ("e", 0)]
            .into_iter()
            .zip(1..)
            .map(|((slug, depth), id)| CategoryNode { id: CategoryId(id), slug: slug.into(), name: slug.into(), depth })
            .collect();
        let below = |slug| {
            category_subtree(&tree, slug)
                .map(|found| found.iter().map(|branch| branch.slug.as_str()).collect::<String>())
        };
        assert_eq!(below("a").as_deref(), Some("abcd"));
        assert_eq!(below("b").as_deref(), Some("bc"));
        assert_eq!(below("e").as_deref(), Some("e"));
        assert_eq!(below("x"), None);
    }
}
