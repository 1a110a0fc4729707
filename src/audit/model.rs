use chrono::{DateTime, Utc};
use diesel::{
    expression::AsExpression,
    pg::Pg,
    prelude::*,
    serialize::{self, Output, ToSql},
    sql_types::Text,
};
use serde_json::Value;

use crate::{
    kernel::{UserId, codes},
    schema::audit_log,
};

codes! {
    /// The kind of a change that staff or the program made. The audit log page has a label for each.
    #[allow(missing_docs, reason = "the code beside each value says what it is")]
    #[derive(AsExpression)]
    #[diesel(sql_type = Text)]
    pub enum AuditAction {
        CreateCategory = "create_category",
        EditCategory = "edit_category",
        PlaceCategory = "place_category",
        RemoveCategory = "remove_category",
        CreateBrand = "create_brand",
        EditBrand = "edit_brand",
        RemoveBrand = "remove_brand",
        CreateSpu = "create_spu",
        EditSpu = "edit_spu",
        EditOptions = "edit_options",
        EditSkus = "edit_skus",
        PublishSpu = "publish_spu",
        UnpublishSpu = "unpublish_spu",
        AddPicture = "add_picture",
        DescribePicture = "describe_picture",
        MovePicture = "move_picture",
        RemovePicture = "remove_picture",
        MoveStock = "move_stock",
        CountStock = "count_stock",
        UndoMovement = "undo_movement",
        SetLowStock = "set_low_stock",
        SetShelfPlace = "set_shelf_place",
        WantLowStockMail = "want_low_stock_mail",
        WantStaffMails = "want_staff_mails",
        SendImport = "send_import",
        MapImport = "map_import",
        ConfirmImport = "confirm_import",
        DiscardImport = "discard_import",
        DecideImportAgain = "decide_import_again",
        FinishImport = "finish_import",
        AddStaff = "add_staff",
        ChangeRole = "change_role",
        DisableStaff = "disable_staff",
        EnableStaff = "enable_staff",
        ResetPassword = "reset_password",
        TurnOnTwoFactor = "turn_on_two_factor",
        TurnOffTwoFactor = "turn_off_two_factor",
        ResetTwoFactor = "reset_two_factor",
        RequireTwoFactor = "require_two_factor",
        RunReconciliation = "run_reconciliation",
        RetryOutbox = "retry_outbox",
        PlaceOrder = "place_order",
        CreateCustomer = "create_customer",
        BlockContact = "block_contact",
        UnblockContact = "unblock_contact",
        CancelOrder = "cancel_order",
        RefundOrder = "refund_order",
        RecordCash = "record_cash",
        QueryPayment = "query_payment",
        SettlePayment = "settle_payment",
        RefundPayment = "refund_payment",
        ReviveOrder = "revive_order",
        RetryRefund = "retry_refund",
        GiveOtherwise = "give_otherwise",
        SendParcel = "send_parcel",
        CorrectParcel = "correct_parcel",
        UndoParcel = "undo_parcel",
        LoseParcel = "lose_parcel",
        WithdrawUnits = "withdraw_units",
        HoldOrder = "hold_order",
        ReleaseOrder = "release_order",
        NoteOrder = "note_order",
        ChangeOrderAddress = "change_order_address",
        AnswerCancellation = "answer_cancellation",
        RecordRefusal = "record_refusal",
        AnswerReturn = "answer_return",
        ReceiveReturn = "receive_return",
        RefundReturn = "refund_return",
        CloseReturn = "close_return",
        CreateCarrier = "create_carrier",
        EditCarrier = "edit_carrier",
        RemoveCarrier = "remove_carrier",
        SaveSettings = "save_settings",
        StartPacking = "start_packing",
        StopPacking = "stop_packing",
        UploadShipments = "upload_shipments",
        ConfirmShipments = "confirm_shipments",
        DiscardShipments = "discard_shipments",
        UploadCashSheet = "upload_cash_sheet",
        ConfirmCashSheet = "confirm_cash_sheet",
        DiscardCashSheet = "discard_cash_sheet",
        ExportOrders = "export_orders",
        ExportPayments = "export_payments",
        AnswerQuestion = "answer_question",
        CloseQuestion = "close_question",
        ApproveReview = "approve_review",
        HideReview = "hide_review",
        ShowReview = "show_review",
        AnswerReview = "answer_review",
        SetCost = "set_cost",
        SaveInvoiceSettings = "save_invoice_settings",
        IssueInvoice = "issue_invoice",
        ExportInvoices = "export_invoices",
        IssueFapiao = "issue_fapiao",
        RefuseFapiao = "refuse_fapiao",
        ReverseFapiao = "reverse_fapiao",
        CloseMonth = "close_month",
        ExportReport = "export_report",
    }
}

impl ToSql<Text, Pg> for AuditAction {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.code(), &mut out.reborrow())
    }
}

codes! {
    /// A field in `before` and `after` of an entry of the audit log, whose page has a label for each field.
    #[allow(missing_docs, reason = "the code beside each value says what it is")]
    pub enum AuditField {
        Stock = "stock",
        Difference = "difference",
        Reason = "reason",
        Note = "note",
        Role = "role",
        Place = "place",
        Parent = "parent",
        Slug = "slug",
        NameEn = "name_en",
        NameZh = "name_zh",
        LowStockAt = "low_stock_at",
        Required = "required",
        Closed = "closed",
        Email = "email",
        Mail = "mail",
        Mails = "mails",
        Name = "name",
        DescriptionEn = "description_en",
        DescriptionZh = "description_zh",
        Category = "category",
        CategoryId = "category_id",
        Brand = "brand",
        BrandId = "brand_id",
        Published = "published",
        Options = "options",
        Values = "values",
        Code = "code",
        Price = "price",
        ListPrice = "list_price",
        Active = "active",
        File = "file",
        Alt = "alt",
        AltZh = "alt_zh",
        Shows = "shows",
        OptionValueId = "option_value_id",
        Movement = "movement",
        Import = "import",
        Successor = "successor",
        Mode = "mode",
        Bytes = "bytes",
        Lines = "lines",
        OnceMore = "once_more",
        Applied = "applied",
        Failed = "failed",
        Mismatches = "mismatches",
        Jobs = "jobs",
        Amount = "amount",
        Refund = "refund",
        Payment = "payment",
        Link = "link",
        ShelfPlace = "shelf_place",
        Number = "number",
        Carrier = "carrier",
        Units = "units",
        WrittenOff = "written_off",
        Recipient = "recipient",
        Phone = "phone",
        Region = "region",
        Street = "street",
        Postcode = "postcode",
        Accepted = "accepted",
        Answer = "answer",
        ShopNameEn = "shop_name_en",
        ShopNameZh = "shop_name_zh",
        Address = "address",
        ContactPhone = "contact_phone",
        ContactEmail = "contact_email",
        TaxNumber = "tax_number",
        ReturnRecipient = "return_recipient",
        ReturnPhone = "return_phone",
        ReturnAddress = "return_address",
        MailName = "mail_name",
        MailAddress = "mail_address",
        Freight = "freight",
        FreeFrom = "free_from",
        UnpaidMinutes = "unpaid_minutes",
        ReceivedAfterDays = "received_after_days",
        ReturnDays = "return_days",
        ReviewDays = "review_days",
        ReviewMailDays = "review_mail_days",
        ReviewsNeedApproval = "reviews_need_approval",
        MaxOpenOrders = "max_open_orders",
        MaxOpenPerSku = "max_open_per_sku",
        MaxOpenPerProduct = "max_open_per_product",
        MaxExpiredOrders = "max_expired_orders",
        RefundPasswordFrom = "refund_password_from",
        StockPasswordFrom = "stock_password_from",
        Parcels = "parcels",
        SheetId = "sheet_id",
        Orders = "orders",
        Filter = "filter",
        Customer = "customer",
        Review = "review",
        ReviewStatus = "review_status",
        Cost = "cost",
        InvoicesFrom = "invoices_from",
        TaxRate = "tax_rate",
        InvoicePrefix = "invoice_prefix",
        CreditNotePrefix = "credit_note_prefix",
        RetentionYears = "retention_years",
        Fapiao = "fapiao",
        FapiaoDays = "fapiao_days",
    }
}

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = audit_log)]
pub struct NewAuditEntry {
    pub staff_id: UserId,
    pub action: AuditAction,
    /// The changed object as staff know it: the code of a SKU, a username. At most 200 characters.
    pub target: String,
    /// A JSON object with the changed fields and their values before the change; `None` if there are none, as for a new
    /// row.
    pub before: Option<Value>,
    /// A JSON object with the changed fields and their values after the change; `None` if there are none, as for a
    /// deleted row.
    pub after: Option<Value>,
    /// The client's IP address; `None` for background jobs.
    pub ip_address: Option<String>,
}

/// An entry on the audit log page.
#[derive(Clone, Debug, Queryable)]
pub struct AuditEntry {
    /// The id of the entry in the log; later entries have larger ids.
    pub id: i64,
    pub at: DateTime<Utc>,
    /// The username of who made the change; `None` for the command line.
    pub username: Option<String>,
    /// The code of an [`AuditAction`], possibly one that only another version of the program knows.
    pub action: String,
    pub target: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// The client's IP address; `None` for the command line and background jobs.
    pub ip_address: Option<String>,
}

/// Which entries of the audit log to show; a field that is `None` matches all.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// The username of who made the change; upper and lower case are the same.
    pub username: Option<String>,
    /// The code of the action; also one that this version of the program does not know.
    pub action: Option<String>,
    pub target: Option<String>,
    /// The range of times of the entries: from (inclusive) and to (exclusive).
    pub period: Option<(DateTime<Utc>, DateTime<Utc>)>,
}
