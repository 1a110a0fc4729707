//! The migrations run up, down and up again, and `src/schema.rs` matches the tables that they create.

use diesel::migration::MigrationConnection;
use diesel::{PgConnection, pg::Pg};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::{collections::BTreeSet, fs};
use till::platform::db;

use crate::support::{Database, TillServer};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

#[test]
fn migrations_go_up_and_down_and_up_again_to_the_same_tables() {
    let database = Database::empty();
    let conn = &mut database.connect();

    let ran = db::migrate(conn).unwrap();
    assert!(!ran.is_empty());
    let first = shape(&database);
    assert!(first.iter().any(|line| line.contains("stock_movements_append_only")), "{first:#?}");

    conn.revert_all_migrations(MIGRATIONS).unwrap();
    assert_eq!(shape(&database), Vec::<String>::new());

    assert_eq!(db::migrate(conn).unwrap(), ran);
    assert_eq!(shape(&database), first);
}

#[test]
fn each_migration_undoes_exactly_what_it_did() {
    let database = Database::empty();
    let conn = &mut database.connect();
    conn.setup().unwrap();
    let mut shapes = vec![shape(&database)];
    while MigrationHarness::<Pg>::has_pending_migration(conn, MIGRATIONS).unwrap() {
        conn.run_next_migration(MIGRATIONS).unwrap();
        shapes.push(shape(&database));
    }
    while shapes.pop().is_some() && !shapes.is_empty() {
        revert_one(conn);
        assert_eq!(shape(&database), *shapes.last().unwrap());
    }
}

#[test]
fn a_second_migration_finds_nothing_to_do() {
    let database = Database::migrated();
    let conn = &mut database.connect();
    assert!(!db::pending_migrations(conn).unwrap());
    assert_eq!(db::migrate(conn).unwrap(), Vec::<String>::new());
    revert_one(conn);
    assert!(db::pending_migrations(conn).unwrap());
}

#[test]
fn tables_of_before_the_squash_are_refused_and_left_as_they_are() {
    let database = Database::empty();
    database.execute(
        "create table __diesel_schema_migrations (version varchar(50) primary key, run_on timestamp not null default now());
         insert into __diesel_schema_migrations (version) values ('20261121000001'), ('202611210000072');
         create table addresses (id bigint primary key, recipient text not null);
         insert into addresses values (1, 'Mei')",
    );
    let contents = || (shape(&database), database.fingerprint());
    let before = contents();
    let till = TillServer::new(&database.url, "redis://127.0.0.1:1", &[("MAX_CONNECTIONS", "100")]);
    for command in [&["migrate"][..], &["seed", "--demo"], &["serve"]] {
        let answer = till.run_with(command);
        let said = String::from_utf8(answer.stderr).unwrap();
        assert_eq!((answer.status.code(), answer.stdout.len(), said.lines().count()), (Some(1), 0, 1), "{said}");
        for advice in ["make stop", "delete the folder var/", "make run", "an empty PostgreSQL database"] {
            assert!(said.contains(advice), "{said}");
        }
        assert!(contents() == before, "{command:?}");
    }
}

#[test]
fn only_migrations_that_are_older_than_all_of_the_program_make_tables_too_old() {
    let database = Database::migrated();
    database.execute(
        // By `diesel setup`, and by a version of the program that comes later.
        "insert into __diesel_schema_migrations (version) values ('00000000000000'), ('20991231000001')",
    );
    assert!(!db::pending_migrations(&mut database.connect()).unwrap());
    assert_eq!(db::migrate(&mut database.connect()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_database_that_takes_chinese_for_no_letters_is_told_of() {
    let trouble = |like: &str| db::check_encoding(&mut Database::empty_like(like).connect()).unwrap();
    let made = |encoding: &str, locale: &str| {
        format!("template template0 encoding '{encoding}' lc_collate '{locale}' lc_ctype '{locale}'")
    };
    assert_eq!(trouble(&made("UTF8", "C.UTF-8")), None);
    assert!(trouble(&made("UTF8", "C")).unwrap().contains("found slowly"));
    assert!(trouble(&made("SQL_ASCII", "C")).unwrap().contains("not in UTF-8"));
}

#[test]
fn the_schema_in_the_source_is_the_one_in_the_database() {
    let source = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema.rs")).unwrap();
    let told: BTreeSet<String> = columns_in(&source).into_iter().collect();
    let database = Database::migrated();
    let found: BTreeSet<String> = database
        .texts(
            "select table_name || '.' || column_name || ' -> ' ||
                case is_nullable when 'YES' then 'Nullable<' else '' end ||
                case data_type
                    when 'bigint' then 'Int8' when 'integer' then 'Int4' when 'smallint' then 'Int2'
                    when 'ARRAY' then 'Array<Nullable<Int4>>' when 'text' then 'Text' when 'boolean' then 'Bool' when 'numeric' then 'Numeric'
                    when 'jsonb' then 'Jsonb' when 'bytea' then 'Bytea' when 'date' then 'Date' when 'timestamp with time zone' then 'Timestamptz'
                    else data_type end ||
                case is_nullable when 'YES' then '>' else '' end
             from information_schema.columns
             join information_schema.tables using (table_schema, table_name)
             where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> '__diesel_schema_migrations'",
        )
        .into_iter()
        .collect();
    assert!(!found.is_empty());
    let differences: Vec<_> = told.symmetric_difference(&found).collect();
    assert!(differences.is_empty(), "run `diesel print-schema > src/schema.rs`: {differences:#?}");
}

/// Everything that migrations create, one line each: columns, constraints, indexes, triggers and functions.
fn shape(database: &Database) -> Vec<String> {
    database.texts(
        "select concat_ws(' ', table_name, ordinal_position, column_name, data_type, numeric_precision, numeric_scale,
                    is_nullable, column_default, is_identity) from information_schema.columns
         where table_schema = 'public' and table_name <> '__diesel_schema_migrations'
         union all
         select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
         where connamespace = 'public'::regnamespace and conrelid <> '__diesel_schema_migrations'::regclass
         union all
         select indexdef from pg_indexes where schemaname = 'public' and tablename <> '__diesel_schema_migrations'
         union all
         select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
         union all
         select pg_get_functiondef(oid) from pg_proc p where pronamespace = 'public'::regnamespace and prokind = 'f'
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
            and proname not like 'diesel\\_%'
         order by 1",
    )
}

fn revert_one(conn: &mut PgConnection) {
    MigrationHarness::<Pg>::revert_last_migration(conn, MIGRATIONS).unwrap();
}

/// `table.column -> Type` of each column in `table!` definitions.
fn columns_in(schema: &str) -> Vec<String> {
    let mut columns = Vec::new();
    let mut table = None;
    let mut lines = schema.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line == "diesel::table! {" {
            table = lines.next().and_then(|line| line.split_once(' ')).map(|(name, _)| name);
        } else if let (Some(table), Some((column, kind))) = (table, line.split_once(" -> ")) {
            columns.push(format!("{table}.{column} -> {}", kind.trim_end_matches(',')));
        } else if line == "}" {
            table = None;
        }
    }
    columns
}
