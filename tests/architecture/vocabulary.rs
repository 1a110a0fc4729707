//! Names that were replaced by the field's words. [`GIVEN_UP`] lists them; none may come back in its old sense as a
//! type, variant, function, module, constant, macro, file, folder, table or column.

use syn::visit::{self, Visit};

use super::checks::File;

/// One line for each name: its kind, the old name, the folders (`*` is everywhere), the word to use instead. A name
/// that ends in `*` is a prefix.
const GIVEN_UP: &str = "
constant  MOST_*              *                         MAX_*
constant  LONGEST_*           *                         MAX_*_LEN
constant  SHORTEST_*          *                         MIN_*_LEN
constant  SLOWEST             *                         MIN_BYTES_PER_SECOND
constant  PATIENCE            *                         *_TIMEOUT
constant  BRIEFLY             *                         LOCK_TIMEOUT
constant  A_WHILE             *                         BACKGROUND_LOCK_TIMEOUT
constant  TRIES               *                         MAX_ATTEMPTS
constant  STEP_BACK           *                         RETRY_BACKOFF
constant  LET_BY              *                         DRAIN_FACTOR
function  wait_for_rows       *                         set_lock_timeout
function  part                src/platform/db           block_without_savepoint
function  doom                *                         abort
function  force_rollback      *                         set_rollback
file      blocks              src/platform              transaction_state
file      kinds               src/platform              sql_types
macro     kept_as*            *                         sql_newtype
file      letters             *                         encoding_check
function  trouble_with_letters *                        check_encoding
function  literally           *                         escape_like
file      batch               src/platform              batch_loader
type      Batcher             *                         BatchLoader
type      Promise             *                         Job
type      Keeper              *                         JobHandler
type      Keeping             *                         CompletionBuffer
function  keep                src/platform              perform
function  kept                src/platform              done
function  promise             *                         enqueue
function  given_up            src/platform/outbox.rs,src/admin,src/orders                         failed
type      Letter              src                       Email
type      Post                src                       EmailJob
function  hand_over           *                         send
type      Begun               src/platform                    PreparedEmail
file      journal             *                         audit
type      Deed                *                         AuditedEdit
type      Told                src                       Diff
table     staff_actions       src                       audit_log
column    came_from           src                       ip_address
table     short_skus          src                       low_stock_skus
column    ground              src                       background
type      Standing            *                         ReconciliationStatus
type      Finding             src                       Mismatch
type      Disagreement        *                         Mismatch
function  ask_books           *                         run_reconciliation
type      Takings             *                         Revenue
type      Stretch             *                         a range of times
type      Morning             *                         DashboardData
type      Figure              src/admin                 Metric
type      Seller              src                       Bestseller
type      Counter             src/admin                 NavBadges
type      Mark                src/admin                 Badge
file      counter             src,templates             nav_badges, admin_queries
file      secrets             src/platform              random
file      held                src/web                   app_data
function  held                src/web                   app_data
file      figures             src                       number_format
function  grouped             src                       thousands
function  signed              src                       with_sign
file      guard               src/web                   csrf
file      machines            src/web                   health
file      trace               src/web                   request_span
file      traffic             src/web                   http_metrics
file      respond             src/web                   responses
type      Turn                src                       Cursor, HashPermit, AdvisoryLock
function  cut                 src/web                   split_page
function  came_from           src/web                   referer_path
type      Tone                *                         FlashLevel
type      Facts               src/web                   SharedPageData
type      Who                 src                       CurrentUser
function  saying              src/web                   with_flash
function  spend               src/web                   hit
function  forgive_one         *                         refund
type      Verdict             src                       RateLimit
type      Arrived             src/web                   UploadResult
type      Sink                src/web                   UploadSink
file      entrance            *                         sign_in
file      again               src/accounts              reauthenticate
file      code                src/accounts              second_factor
file      shift*              src/accounts,tests        staff_session
file      visitor             src                       current_user
file      attempts            src/accounts              login_throttle
type      HalfIn              *                         PendingSecondFactor
file      keeping             src                       store
file      trying              src                       verify
file      goods               src/catalog               products
file      shelves             *                         taxonomy
file      shelf               src                       storefront
file      said                src/catalog               translations
type      Shot                src                       ProductPicture
type      Named               src                       LocalizedName
type      Shown               src/catalog               CachedProduct
type      Offer               src/catalog               SkuOffer
function  offers              src/catalog               sku_offers
file      picker              *                         sku_picker
type      Branch              src                       CategoryNode
type      Maker               src                       Brand
type      Tile                src                       RootCategory
type      Department          src                       RootCategory
type      Shelf               src                       BatchStock
function  sell                src/checkout              reserve
function  put                 src/checkout              add_offers
type      Patience            *                         LockWait
type      View                src/checkout              Validation
type      Fit                 src/checkout              ValidOrder
function  look                src/checkout              validate
file      queue               src/checkout              batch_queue
type      Queue               src/checkout              BatchQueue
type      Waiting             src/checkout                    QueuedCheckout
type      Waiter              src/checkout                    Responder
type      Till                src/checkout              Worker
type      Crowded             src                       Contention
type      Busy                src/checkout              QueueFull
type      Held                src/checkout              LockTimeout
type      Unsure              src/checkout              OutcomeUnknown
file      settle              src/checkout              cart_clearing
function  settle              src/checkout              cart_clearing
file      leaving             *                         checkout_claims
function  subtract            src/cart                  remove_purchased
function  begun               src/cart                  cart_version
type      Desk                src                       CheckoutService
type      Overtaken           *                         StaleCount
function  carried             *                         adjusted
type      Pace                src/stock                    SalesVelocity
type      Level               src/stock                 StockStatus
function  short               src/stock                 low_or_out
file      low_mail            *                         low_stock_mail
file      sales               src/stock                 sales_figures
file      arriving            *                         staging
type      Halt                *                         ReadError
file      parts               src/stock                 xlsx_parts
file      workbook            src/stock                 xlsx
file      text                src/stock                 csv
file      grid                src/stock                 list/plan.rs, list/sql.rs, list/mod.rs
function  met                 src/stock                 ScanIndex
function  walk                src/stock/queries              ScanIndex
function  few                 src/stock                 SortMatches
type      Whole               src/stock                 ScanWithMatches
function  near                src/stock                 max_scan_rows
function  far                 src/stock                 max_scan_rows
function  lighter             src/stock                 max_scan_rows
file      days                src/orders                daily_revenue
file      books               src                       reconciliation
type      Hall                *                         SeedCatalog
type      Pallet              *                         InsertBatch
type      Stranger            *                         FakeUser
type      Step                src/cli                   ProgressBar
file      paper               tests/shop/model          state
file      stage               tests/shop/model          harness
file      play                tests/shop/model          run
file      told                tests/shop/model          outcome
file      step                tests/shop/model          operation
type      NotA*               src/kernel                Parse*Error
type      NotADelta           *                         ParseDeltaError
type      NotAUsername        *                         ParseUsernameError
type      NotMoney            *                         ParseMoneyError
type      Text                src/messages      Messages
constant  PATIENCE_FOR_TEXT   *                         SMTP_DATA_TIMEOUT
type      Way                 src/platform              Transport
type      Kept                src/platform,src/cart     MailboxEmail, RawCart
type      Lost                src/platform/mail.rs      SendError
type      Sparingly           *                         LogThrottle
type      Arriving            src                       MultipartReader, TempFileSink
type      Asked               src/web                   UploadFields
type      MostBytes           *                         MaxFormBytes
type      Pace                src/web                   RequestPacing
function  take_in             src                       reencode, read
function  is_anybodys         *                         is_anonymous
function  knowing             src/web                   with_shared_data
function  facts*              src                       shared_data
function  instruct            src/platform              configure_session
function  is_rubbish          *                         is_unreadable_value
type      Promises            src/audit                 Jobs
type      Disagreeing         src/audit                 Mismatches
function  note_shelves        *                         record_taxa
function  overtaken           src                       stale_count
type      Shelves             src                       CategoryNames
type      Used                src/cart                  GuestCartUse
function  told                src                       a name for what it returns
function  times_of_day        *                         day_range
function  books_agree               *                         assert_reconciled
type      Row                 src                       a name for what the row is
function  passes              src                       is_transient
file      stops               src                       reached_limits
type      Stop                src                       ReachedLimit
";

/// Old names that are still used: folder and name. Remove the line together with the name.
const NOT_YET: &[(&str, &str)] = &[];

struct GivenUp {
    kind: &'static str,
    name: &'static str,
    folders: Vec<&'static str>,
    instead: &'static str,
}

impl GivenUp {
    fn matches(&self, found: &Found) -> bool {
        let same_name = match self.name.strip_suffix('*') {
            Some(prefix) => found.name.starts_with(prefix),
            None => found.name == self.name,
        };
        let same_place = self
            .folders
            .iter()
            .any(|folder| *folder == "*" || found.file == *folder || found.file.starts_with(&format!("{folder}/")));
        self.kind == found.kind && same_name && same_place
    }
}

fn given_up() -> Vec<GivenUp> {
    let lines = GIVEN_UP.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (kind, rest) = line.split_once(' ').unwrap();
            let (name, rest) = rest.trim().split_once(' ').unwrap();
            let (folders, instead) = rest.trim().split_once(' ').unwrap();
            GivenUp { kind, name, folders: folders.split(',').collect(), instead: instead.trim() }
        })
        .collect()
}

/// A name that a file defines.
#[derive(Debug, PartialEq)]
struct Found {
    file: String,
    kind: &'static str,
    name: String,
}

struct Names<'a> {
    file: &'a str,
    found: Vec<Found>,
}

impl Names<'_> {
    fn add(&mut self, kind: &'static str, name: &syn::Ident) {
        self.found.push(Found { file: self.file.to_owned(), kind, name: name.to_string() });
    }
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.add("type", &item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.add("type", &item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_variant(&mut self, item: &'ast syn::Variant) {
        self.add("type", &item.ident);
        visit::visit_variant(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.add("type", &item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.add("type", &item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_signature(&mut self, item: &'ast syn::Signature) {
        self.add("function", &item.ident);
        visit::visit_signature(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.add("constant", &item.ident);
        visit::visit_item_const(self, item);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.add("constant", &item.ident);
        visit::visit_impl_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.add("constant", &item.ident);
        visit::visit_item_static(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if let Some(name) = &item.ident {
            self.add("macro", name);
        }
        if !item.mac.path.is_ident("codes") {
            return;
        }
        let set: syn::ItemEnum = item.mac.parse_body().unwrap_or_else(|problem| panic!("{}: {problem}", self.file));
        self.add("type", &set.ident);
        for value in &set.variants {
            self.add("type", &value.ident);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.add("file", &item.ident);
        visit::visit_item_mod(self, item);
    }
}

/// The names that a source file defines. `file` is relative to the package.
fn names(file: &str, source: &str) -> Vec<Found> {
    let parsed = syn::parse_file(source).unwrap_or_else(|problem| panic!("{file}: {problem}"));
    let mut names = Names { file, found: Vec::new() };
    names.visit_file(&parsed);
    if file.ends_with("/schema.rs") {
        names.found.extend(tables_and_columns(file, source));
    }
    names.found
}

/// The folder and the file stem, which name modules.
fn path_names(file: &str) -> Vec<Found> {
    let mut parts = file.rsplit('/');
    let stem = parts.next().unwrap_or_default().split('.').next().unwrap_or_default();
    let folder = parts.next().unwrap_or_default();
    let found = |name: &str| Found { file: file.to_owned(), kind: "file", name: name.to_owned() };
    vec![found(stem), found(folder)]
}

/// The tables and columns of a schema as diesel prints it.
fn tables_and_columns(file: &str, schema: &str) -> Vec<Found> {
    let lines = schema.lines().map(str::trim);
    let found = |kind, name: &str| Found { file: file.to_owned(), kind, name: name.to_owned() };
    let named = lines.filter_map(|line| match (line.split_once(" -> "), line.split_once(" (")) {
        (Some((column, _)), _) => Some(found("column", column)),
        (None, Some((table, rest))) if rest.ends_with(") {") => Some(found("table", table)),
        _ => None,
    });
    named.collect()
}

/// The old names that are still used. The paths of `files` are relative to the package.
pub(crate) fn vocabulary_faults(files: &[File], not_yet: &[(&str, &str)]) -> Vec<String> {
    let given_up = given_up();
    let mut faults = Vec::new();
    let mut used = vec![false; not_yet.len()];
    for (file, source) in files {
        let mut found = path_names(file);
        if file.ends_with(".rs") {
            found.extend(names(file, source));
        }
        for found in &found {
            let Some(rule) = given_up.iter().find(|rule| rule.matches(found)) else { continue };
            let excepted = not_yet.iter().position(|(folder, name)| {
                *name == found.name && (found.file == *folder || found.file.starts_with(&format!("{folder}/")))
            });
            match excepted {
                Some(at) => used[at] = true,
                None => faults
                    .push(format!("{}: the {} {} is called {} now", found.file, found.kind, found.name, rule.instead)),
            }
        }
    }
    let stale = not_yet.iter().zip(used).filter(|(_, used)| !used);
    faults.extend(stale.map(|((folder, name), _)| format!("{folder} has no {name} any more: drop it from NOT_YET")));
    faults.sort();
    faults.dedup();
    faults
}

#[test]
fn no_name_that_was_given_up_comes_back() {
    let mut files = Vec::new();
    for (folder, kind) in
        [("src", "rs"), ("tests", "rs"), ("benches", "rs"), ("templates", "html"), ("templates", "txt")]
    {
        let found = super::read_folder(folder, kind).into_iter();
        files.extend(found.map(|(file, source)| (format!("{folder}/{file}"), source)));
    }
    super::none(&vocabulary_faults(&files, NOT_YET));
}

#[test]
fn a_name_that_was_given_up_is_a_fault_wherever_it_stands() {
    for (file, source) in [
        ("src/stock/rules.rs", "pub const MOST_ROWS: i64 = 1;"),
        ("src/stock/rules.rs", "impl A { const MOST_ROWS: i64 = 1; }"),
        ("src/platform/db/mod.rs", "fn a() {} mod b { pub fn doom() {} }"),
        ("src/platform/mail.rs", "trait A { fn hand_over(&self); }"),
        ("src/checkout/model.rs", "enum Refusal { Busy, Other }"),
        ("src/checkout/model.rs", "codes! { pub enum Refusal { Busy = \"busy\", Other = \"other\", } }"),
        ("src/kernel/money.rs", "struct NotMoney;"),
        ("src/web/mod.rs", "mod guard;"),
        ("src/web/guard.rs", ""),
        ("src/admin/journal/mod.rs", ""),
        ("src/schema.rs", "diesel::table! {\n    staff_actions (id) {\n        id -> Int8,\n    }\n}"),
        ("src/schema.rs", "diesel::table! {\n    audit_log (id) {\n        came_from -> Text,\n    }\n}"),
    ] {
        let faults = vocabulary_faults(&[(file.to_owned(), source.to_owned())], &[]);
        assert_eq!(faults.len(), 1, "{file}: {source}: {faults:?}");
    }
    for (file, source) in [
        ("src/stock/rules.rs", "// MOST_ROWS\npub const MAX_ROWS: &str = \"MOST_ROWS\"; fn almost() { doom() }"),
        ("src/orders/model.rs", "enum Answer { Busy }"),
        ("tests/shop/support/mod.rs", "mod machines;"),
    ] {
        super::none(&vocabulary_faults(&[(file.to_owned(), source.to_owned())], &[]));
    }
    let doomed = [("src/platform/db/mod.rs".to_owned(), "fn doom() {}".to_owned())];
    super::none(&vocabulary_faults(&doomed, &[("src/platform", "doom")]));
    assert_eq!(vocabulary_faults(&doomed, &[("src/platform", "doom"), ("src/web", "guard")]).len(), 1, "stale");
}
