// @generated automatically by Diesel CLI.

diesel::table! {
    addresses (id) {
        id -> Int8,
        user_id -> Int8,
        recipient -> Text,
        phone -> Text,
        region -> Text,
        street -> Text,
        postcode -> Text,
        is_default -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Int8,
        staff_id -> Nullable<Int8>,
        action -> Text,
        target -> Text,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
        ip_address -> Nullable<Text>,
        at -> Timestamptz,
    }
}

diesel::table! {
    blocked_contacts (id) {
        id -> Int8,
        kind -> Text,
        value -> Text,
        contact -> Text,
        reason -> Text,
        staff_id -> Int8,
        at -> Timestamptz,
        erased_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    brands (id) {
        id -> Int8,
        slug -> Text,
        name -> Text,
        version -> Int4,
    }
}

diesel::table! {
    cancellation_requests (id) {
        id -> Int8,
        order_id -> Int8,
        reason -> Text,
        asked_at -> Timestamptz,
        answered_at -> Nullable<Timestamptz>,
        accepted -> Nullable<Bool>,
        staff_id -> Nullable<Int8>,
    }
}

diesel::table! {
    carriers (id) {
        id -> Int8,
        code -> Text,
        name_zh -> Text,
        name_en -> Text,
        link -> Text,
        active -> Bool,
    }
}

diesel::table! {
    cash_sheet_lines (sheet_id, line) {
        sheet_id -> Int8,
        line -> Int4,
        number -> Text,
        order_number -> Text,
        amount -> Text,
        is_number_lost -> Bool,
        order_id -> Nullable<Int8>,
        problem -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::table! {
    cash_sheet_orders (sheet_id, order_id) {
        sheet_id -> Int8,
        order_id -> Int8,
        amount -> Numeric,
        outcome -> Nullable<Text>,
    }
}

diesel::table! {
    cash_sheets (id) {
        id -> Int8,
        token -> Text,
        staff_id -> Int8,
        file_name -> Text,
        uploaded_at -> Timestamptz,
        state -> Text,
        confirmed_by -> Nullable<Int8>,
        confirmed_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    categories (id) {
        id -> Int8,
        parent_id -> Nullable<Int8>,
        slug -> Text,
        name -> Text,
        position -> Int4,
        picture -> Nullable<Text>,
        background -> Text,
        low_stock_at -> Nullable<Int4>,
        version -> Int4,
    }
}

diesel::table! {
    category_ancestors (category_id, ancestor_id) {
        category_id -> Int8,
        ancestor_id -> Int8,
    }
}

diesel::table! {
    category_tax_rates (category_id) {
        category_id -> Int8,
        rate -> Numeric,
    }
}

diesel::table! {
    contact_salt (is_only_row) {
        is_only_row -> Bool,
        salt -> Bytea,
    }
}

diesel::table! {
    customer_notes (id) {
        id -> Int8,
        user_id -> Int8,
        staff_id -> Int8,
        words -> Text,
        token -> Text,
        written_at -> Timestamptz,
    }
}

diesel::table! {
    customers (user_id) {
        user_id -> Int8,
        orders -> Int8,
        spend -> Numeric,
        last_order_at -> Nullable<Timestamptz>,
        words -> Text,
    }
}

diesel::table! {
    customers_progress (is_only_row) {
        is_only_row -> Bool,
        swept_through -> Int8,
    }
}

diesel::table! {
    facet_texts (value_id, language) {
        value_id -> Int4,
        language -> Text,
        option_name -> Text,
        name -> Text,
    }
}

diesel::table! {
    facet_values (id) {
        id -> Int4,
        option_name -> Text,
        name -> Text,
    }
}

diesel::table! {
    fapiao_files (request_id, part) {
        request_id -> Int8,
        part -> Text,
        format -> Text,
        body -> Bytea,
    }
}

diesel::table! {
    fapiao_numbers (number) {
        number -> Text,
        request_id -> Int8,
        part -> Text,
    }
}

diesel::table! {
    fapiao_requests (id) {
        id -> Int8,
        order_id -> Int8,
        kind -> Text,
        title_kind -> Text,
        title -> Text,
        taxpayer_number -> Text,
        address -> Text,
        phone -> Text,
        bank -> Text,
        bank_account -> Text,
        email -> Text,
        status -> Text,
        status_since -> Timestamptz,
        requested_at -> Timestamptz,
        version -> Int4,
        amount -> Nullable<Numeric>,
        issued_at -> Nullable<Timestamptz>,
        refusal -> Text,
        reversed_at -> Nullable<Timestamptz>,
        erased_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    former_category_slugs (slug) {
        slug -> Text,
        category_id -> Nullable<Int8>,
        replaced_at -> Timestamptz,
    }
}

diesel::table! {
    gateway_bills (pay_method, day) {
        pay_method -> Text,
        day -> Date,
        next_attempt_at -> Nullable<Timestamptz>,
        compared_at -> Nullable<Timestamptz>,
        milliseconds -> Int8,
        payments -> Int4,
        paid -> Numeric,
        refunds -> Int4,
        refunded -> Numeric,
        fees -> Numeric,
        failed_checks -> Nullable<Int4>,
        findings -> Jsonb,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    images (id) {
        id -> Int8,
        spu_id -> Int8,
        option_value_id -> Nullable<Int8>,
        file -> Text,
        position -> Int4,
        alt -> Text,
        alt_zh -> Text,
    }
}

diesel::table! {
    import_files (import_id, part) {
        import_id -> Int8,
        part -> Int4,
        bytes -> Bytea,
    }
}

diesel::table! {
    import_mappings (staff_id, mode, digest) {
        staff_id -> Int8,
        mode -> Text,
        digest -> Text,
        code_column -> Int4,
        number_column -> Int4,
        note_column -> Nullable<Int4>,
        at -> Timestamptz,
    }
}

diesel::table! {
    import_rows (import_id, line) {
        import_id -> Int8,
        line -> Int4,
        code -> Text,
        typed -> Text,
        sku_id -> Nullable<Int8>,
        stock_before -> Nullable<Int4>,
        stock_after -> Nullable<Int4>,
        outcome -> Text,
        problem -> Nullable<Text>,
        detail -> Nullable<Int8>,
        note -> Text,
    }
}

diesel::table! {
    imports (id) {
        id -> Int8,
        token -> Text,
        staff_id -> Int8,
        file_name -> Text,
        bytes -> Int8,
        digest -> Text,
        mode -> Text,
        reason -> Text,
        note -> Text,
        state -> Text,
        problem -> Nullable<Text>,
        problem_line -> Nullable<Int4>,
        attempts -> Int4,
        line_count -> Int4,
        due_count -> Int4,
        applied_count -> Int4,
        unchanged_count -> Int4,
        failed_count -> Int4,
        through_sku -> Int8,
        repeated -> Bool,
        follows_id -> Nullable<Int8>,
        confirmed_by -> Nullable<Int8>,
        at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        layout -> Nullable<Jsonb>,
        mapping -> Nullable<Jsonb>,
        mapped_by -> Nullable<Int8>,
        revision -> Int4,
    }
}

diesel::table! {
    invoice_buyers (order_id) {
        order_id -> Int8,
        name -> Text,
        tax_number -> Text,
    }
}

diesel::table! {
    invoice_lines (invoice_id, position) {
        invoice_id -> Int8,
        position -> Int4,
        order_goods_id -> Nullable<Int8>,
        name -> Text,
        options -> Text,
        count -> Int4,
        price -> Numeric,
        rate -> Numeric,
        net -> Numeric,
        tax -> Numeric,
        gross -> Numeric,
    }
}

diesel::table! {
    invoice_progress (kind) {
        kind -> Text,
        through -> Timestamptz,
        claimed_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    invoice_series (kind, year) {
        kind -> Text,
        year -> Int4,
        last -> Int4,
        last_issued_at -> Timestamptz,
    }
}

diesel::table! {
    invoice_settings (id) {
        id -> Bool,
        version -> Int8,
        invoices_from -> Nullable<Date>,
        tax_rate -> Numeric,
        invoice_prefix -> Text,
        credit_note_prefix -> Text,
        retention_years -> Int4,
        fapiao -> Bool,
        fapiao_days -> Int4,
    }
}

diesel::table! {
    invoices (id) {
        id -> Int8,
        kind -> Text,
        year -> Int4,
        sequence -> Int4,
        number -> Text,
        order_id -> Int8,
        refund_id -> Nullable<Int8>,
        invoice_id -> Nullable<Int8>,
        issued_at -> Timestamptz,
        supplied_at -> Timestamptz,
        language -> Text,
        seller_name -> Text,
        seller_address -> Text,
        seller_tax_number -> Text,
        buyer_name -> Text,
        buyer_address -> Text,
        buyer_tax_number -> Text,
        net -> Numeric,
        tax -> Numeric,
        gross -> Numeric,
        anonymized_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    listing_changes (transaction_id, spu_id) {
        transaction_id -> Int8,
        spu_id -> Int8,
    }
}

diesel::table! {
    listing_clock (is_only) {
        is_only -> Bool,
        version -> Int8,
    }
}

diesel::table! {
    listing_counts (category_id, kind, value) {
        category_id -> Int8,
        kind -> Text,
        value -> Int8,
        count -> Int8,
    }
}

diesel::table! {
    listing_progress (is_only) {
        is_only -> Bool,
        checked_spu_id -> Int8,
    }
}

diesel::table! {
    listings (spu_id, category_id, until) {
        spu_id -> Int8,
        category_id -> Int8,
        price_fen -> Int8,
        list_price_fen -> Nullable<Int8>,
        sold_30 -> Int8,
        created_us -> Int8,
        brand_id -> Nullable<Int8>,
        in_stock -> Bool,
        rating -> Int4,
        option_values -> Array<Nullable<Int4>>,
        since -> Int8,
        until -> Int8,
    }
}

diesel::table! {
    low_stock_mails (user_id, day) {
        user_id -> Int8,
        day -> Date,
        promised_at -> Timestamptz,
        begun_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    low_stock_readers (user_id) {
        user_id -> Int8,
        language -> Text,
        since -> Timestamptz,
    }
}

diesel::table! {
    low_stock_skus (sku_id) {
        sku_id -> Int8,
        stock -> Int4,
        category_id -> Int8,
        brand_id -> Nullable<Int8>,
    }
}

diesel::table! {
    month_closing_lines (month, part, position) {
        month -> Date,
        part -> Text,
        position -> Int4,
        key -> Text,
        name_en -> Text,
        name_zh -> Text,
        units -> Int8,
        sales -> Numeric,
        refunded_units -> Int8,
        refunds -> Numeric,
        tax -> Numeric,
        fees -> Numeric,
    }
}

diesel::table! {
    month_closings (month) {
        month -> Date,
        begins -> Timestamptz,
        ends -> Timestamptz,
        closed_at -> Timestamptz,
        staff_id -> Int8,
        orders -> Int4,
        sales -> Numeric,
        freight -> Numeric,
        refund_count -> Int4,
        refunds -> Numeric,
        refunded_freight -> Numeric,
        tax -> Numeric,
        fees -> Numeric,
        surplus -> Numeric,
        surplus_refunds -> Numeric,
        collected_online -> Numeric,
        collected_cash -> Numeric,
        outstanding_orders -> Int4,
        outstanding -> Numeric,
        stock_units -> Int8,
        stock_at_cost -> Numeric,
        skus_without_cost -> Int4,
        units_without_cost -> Int8,
    }
}

diesel::table! {
    option_values (id) {
        id -> Int8,
        option_id -> Int8,
        name -> Text,
        position -> Int4,
    }
}

diesel::table! {
    options (id) {
        id -> Int8,
        spu_id -> Int8,
        name -> Text,
        position -> Int4,
    }
}

diesel::table! {
    order_days (begins) {
        begins -> Timestamptz,
        orders -> Int8,
        amount -> Numeric,
        counted_at -> Timestamptz,
    }
}

diesel::table! {
    order_events (id) {
        id -> Int8,
        order_id -> Int8,
        at -> Timestamptz,
        event -> Text,
        actor -> Text,
        user_id -> Nullable<Int8>,
        details -> Jsonb,
        mails_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    order_goods (id) {
        id -> Int8,
        order_id -> Int8,
        sku_id -> Int8,
        name -> Text,
        options -> Text,
        picture -> Nullable<Text>,
        background -> Text,
        price -> Numeric,
        count -> Int4,
        discount -> Numeric,
        withdrawn_count -> Int4,
        refunded_amount -> Numeric,
        sent_count -> Int4,
        returned_count -> Int4,
        waived_amount -> Numeric,
    }
}

diesel::table! {
    order_holds (order_id) {
        order_id -> Int8,
        reason -> Text,
        staff_id -> Int8,
        since -> Timestamptz,
    }
}

diesel::table! {
    order_mail_cursor (id) {
        id -> Bool,
        placed_at -> Timestamptz,
    }
}

diesel::table! {
    order_mails (id) {
        id -> Int8,
        order_id -> Int8,
        kind -> Text,
        thing -> Int8,
        language -> Text,
        job_id -> Nullable<Int8>,
        promised_at -> Timestamptz,
        begun_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        skipped -> Nullable<Text>,
    }
}

diesel::table! {
    order_search (order_id) {
        order_id -> Int8,
        part -> Int4,
        placed_at -> Timestamptz,
        total_amount -> Numeric,
        words -> Text,
    }
}

diesel::table! {
    order_search_parts (id) {
        id -> Int4,
        begins -> Timestamptz,
    }
}

diesel::table! {
    order_search_progress (is_only_row) {
        is_only_row -> Bool,
        checked_through -> Int8,
        newest_id -> Int8,
        newest_at -> Timestamptz,
        swept_from -> Int8,
        swept_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    orders (id) {
        id -> Int8,
        number -> Text,
        user_id -> Int8,
        checkout_token -> Text,
        status -> Text,
        pay_method -> Text,
        total_count -> Int4,
        goods_amount -> Numeric,
        freight -> Numeric,
        discount -> Numeric,
        total_amount -> Numeric,
        recipient -> Text,
        phone -> Text,
        region -> Text,
        street -> Text,
        postcode -> Text,
        note -> Text,
        placed_at -> Timestamptz,
        paid_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        received_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        canceled_at -> Nullable<Timestamptz>,
        refunded_at -> Nullable<Timestamptz>,
        expires_at -> Nullable<Timestamptz>,
        language -> Text,
        paid_amount -> Numeric,
        refunded_amount -> Numeric,
        revived_at -> Nullable<Timestamptz>,
        canceled_by -> Nullable<Text>,
        packing_at -> Nullable<Timestamptz>,
        waived_amount -> Numeric,
    }
}

diesel::table! {
    outbox (id) {
        id -> Int8,
        kind -> Text,
        payload -> Jsonb,
        attempts -> Int4,
        created_at -> Timestamptz,
        due_at -> Timestamptz,
        done_at -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        lane -> Text,
    }
}

diesel::table! {
    payment_notifications (id) {
        id -> Int8,
        pay_method -> Text,
        fingerprint -> Bytea,
        body -> Bytea,
        payment_id -> Nullable<Int8>,
        first_at -> Timestamptz,
        last_at -> Timestamptz,
        times -> Int4,
        outcome -> Text,
    }
}

diesel::table! {
    payments (id) {
        id -> Int8,
        order_id -> Int8,
        pay_method -> Text,
        number -> Text,
        amount -> Numeric,
        currency -> Text,
        status -> Text,
        counts -> Bool,
        trade_no -> Nullable<Text>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        paid_at -> Nullable<Timestamptz>,
        closed_at -> Nullable<Timestamptz>,
        next_query_at -> Nullable<Timestamptz>,
        queries -> Int4,
        close_wanted -> Bool,
        last_error -> Nullable<Text>,
        strange -> Nullable<Text>,
        settled -> Nullable<Text>,
    }
}

diesel::table! {
    picture_sizes (picture_id, size) {
        picture_id -> Int8,
        size -> Text,
        body -> Bytea,
    }
}

diesel::table! {
    pictures (id) {
        id -> Int8,
        hash -> Text,
        kind -> Text,
        width -> Int4,
        height -> Int4,
        sized_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    price_changes (id) {
        id -> Int8,
        sku_id -> Int8,
        staff_id -> Int8,
        old_price -> Nullable<Numeric>,
        price -> Numeric,
        old_list_price -> Nullable<Numeric>,
        list_price -> Nullable<Numeric>,
        at -> Timestamptz,
    }
}

diesel::table! {
    question_mails (id) {
        id -> Int8,
        question_id -> Int8,
        kind -> Text,
        thing -> Int8,
        promised_at -> Timestamptz,
        begun_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        skipped -> Nullable<Text>,
        job_id -> Nullable<Int8>,
    }
}

diesel::table! {
    question_messages (id) {
        id -> Int8,
        question_id -> Int8,
        author -> Text,
        staff_id -> Nullable<Int8>,
        words -> Text,
        begins_waiting -> Bool,
        token -> Text,
        written_at -> Timestamptz,
        mails_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    question_pictures (message_id, position) {
        message_id -> Int8,
        position -> Int4,
        body -> Bytea,
    }
}

diesel::table! {
    questions (id) {
        id -> Int8,
        order_id -> Nullable<Int8>,
        user_id -> Nullable<Int8>,
        email -> Nullable<Text>,
        guest_name -> Text,
        typed_number -> Text,
        language -> Text,
        status -> Text,
        status_since -> Timestamptz,
        asked_at -> Timestamptz,
        proved_at -> Nullable<Timestamptz>,
        token -> Text,
    }
}

diesel::table! {
    reading_progress (job, source) {
        job -> Text,
        source -> Text,
        settled_id -> Int8,
        read_id -> Int8,
        read_before_xid -> Int8,
    }
}

diesel::table! {
    reconciliations (id) {
        id -> Int8,
        started_at -> Timestamptz,
        milliseconds -> Int8,
        staff_id -> Nullable<Int8>,
        disagreeing -> Nullable<Int4>,
        findings -> Jsonb,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    recovery_codes (user_id, digest) {
        user_id -> Int8,
        digest -> Bytea,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    refund_goods (refund_id, order_goods_id) {
        refund_id -> Int8,
        order_goods_id -> Int8,
        count -> Int4,
        amount -> Numeric,
    }
}

diesel::table! {
    refunds (id) {
        id -> Int8,
        payment_id -> Int8,
        number -> Text,
        amount -> Numeric,
        freight -> Numeric,
        status -> Text,
        reason -> Text,
        note -> Text,
        staff_id -> Nullable<Int8>,
        token -> Nullable<Text>,
        created_at -> Timestamptz,
        sent_at -> Nullable<Timestamptz>,
        done_at -> Nullable<Timestamptz>,
        next_attempt_at -> Nullable<Timestamptz>,
        attempts -> Int4,
        last_error -> Nullable<Text>,
        return_id -> Nullable<Int8>,
    }
}

diesel::table! {
    related_products (spu_id, other_id) {
        spu_id -> Int8,
        other_id -> Int8,
        shoppers -> Int4,
    }
}

diesel::table! {
    related_progress (is_only) {
        is_only -> Bool,
        checked_spu_id -> Int8,
    }
}

diesel::table! {
    return_goods (return_id, order_goods_id) {
        return_id -> Int8,
        order_goods_id -> Int8,
        count -> Int4,
        sellable_count -> Int4,
        damaged_count -> Int4,
    }
}

diesel::table! {
    return_pictures (return_id, position) {
        return_id -> Int8,
        position -> Int4,
        kind -> Text,
        body -> Bytea,
    }
}

diesel::table! {
    returns (id) {
        id -> Int8,
        order_id -> Int8,
        kind -> Text,
        status -> Text,
        reason -> Text,
        words -> Text,
        answer -> Text,
        carrier -> Text,
        tracking_number -> Text,
        token -> Text,
        asked_at -> Timestamptz,
        answered_at -> Nullable<Timestamptz>,
        sent_back_at -> Nullable<Timestamptz>,
        arrived_at -> Nullable<Timestamptz>,
        closed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    review_figures (spu_id) {
        spu_id -> Int8,
        review_count -> Int4,
        star_sum -> Int8,
        pictured_count -> Int4,
    }
}

diesel::table! {
    review_pictures (review_id, position) {
        review_id -> Int8,
        position -> Int4,
        body -> Bytea,
        small_body -> Bytea,
    }
}

diesel::table! {
    reviews (id) {
        id -> Int8,
        order_goods_id -> Int8,
        order_id -> Int8,
        spu_id -> Int8,
        user_id -> Int8,
        options -> Text,
        language -> Text,
        stars -> Int4,
        words -> Text,
        picture_count -> Int4,
        status -> Text,
        version -> Int4,
        hidden_reason -> Text,
        answer -> Text,
        answered_at -> Nullable<Timestamptz>,
        written_at -> Timestamptz,
        edited_at -> Nullable<Timestamptz>,
        checked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    search_changes (changed_in, kind, key) {
        changed_in -> Int8,
        kind -> Text,
        key -> Int8,
        at -> Timestamptz,
    }
}

diesel::table! {
    search_misses (day, words) {
        day -> Date,
        words -> Text,
        searches -> Int8,
    }
}

diesel::table! {
    second_factors (user_id) {
        user_id -> Int8,
        secret -> Bytea,
        last_step -> Int8,
        since -> Timestamptz,
    }
}

diesel::table! {
    shipment_goods (shipment_id, order_goods_id) {
        shipment_id -> Int8,
        order_goods_id -> Int8,
        count -> Int4,
    }
}

diesel::table! {
    shipment_import_lines (import_id, line) {
        import_id -> Int8,
        line -> Int4,
        cells -> Jsonb,
        parcel -> Nullable<Int4>,
        problem -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::table! {
    shipment_import_parcels (import_id, position) {
        import_id -> Int8,
        position -> Int4,
        order_id -> Int8,
        carrier_id -> Int8,
        number -> Text,
        units -> Nullable<Jsonb>,
        outcome -> Nullable<Text>,
        problem -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::table! {
    shipment_imports (id) {
        id -> Int8,
        token -> Text,
        staff_id -> Int8,
        file_name -> Text,
        uploaded_at -> Timestamptz,
        state -> Text,
        revision -> Int4,
        heading_line -> Int4,
        order_column -> Nullable<Int4>,
        carrier_column -> Nullable<Int4>,
        number_column -> Nullable<Int4>,
        code_column -> Nullable<Int4>,
        count_column -> Nullable<Int4>,
        carrier_id -> Nullable<Int8>,
        confirmed_by -> Nullable<Int8>,
        confirmed_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    shipments (id) {
        id -> Int8,
        order_id -> Int8,
        carrier_id -> Int8,
        number -> Text,
        status -> Text,
        sent_at -> Timestamptz,
        staff_id -> Nullable<Int8>,
        undone_at -> Nullable<Timestamptz>,
        lost_at -> Nullable<Timestamptz>,
        token -> Nullable<Text>,
    }
}

diesel::table! {
    sku_figures (sku_id) {
        sku_id -> Int8,
        stock -> Int4,
        sold_30 -> Int8,
        days_left -> Int4,
        sold_7 -> Int8,
    }
}

diesel::table! {
    sku_option_values (sku_id, option_id) {
        sku_id -> Int8,
        option_id -> Int8,
        option_value_id -> Int8,
    }
}

diesel::table! {
    sku_sales (sku_id, day) {
        sku_id -> Int8,
        day -> Date,
        sales -> Int8,
    }
}

diesel::table! {
    sku_sales_days (day) {
        day -> Date,
        written_at -> Timestamptz,
    }
}

diesel::table! {
    sku_search (sku_id) {
        sku_id -> Int8,
        category_id -> Int8,
        brand_id -> Nullable<Int8>,
        active -> Bool,
        code -> Text,
        name -> Text,
        words -> Text,
    }
}

diesel::table! {
    skus (id) {
        id -> Int8,
        spu_id -> Int8,
        code -> Text,
        name -> Text,
        price -> Numeric,
        list_price -> Nullable<Numeric>,
        stock -> Int4,
        sales -> Int8,
        active -> Bool,
        low_stock_at -> Int4,
        created_at -> Timestamptz,
        low_stock_own -> Bool,
        shelf_place -> Text,
        cost -> Nullable<Numeric>,
    }
}

diesel::table! {
    spu_search (spu_id) {
        spu_id -> Int8,
        words -> Text,
    }
}

diesel::table! {
    spus (id) {
        id -> Int8,
        category_id -> Int8,
        brand_id -> Nullable<Int8>,
        slug -> Text,
        name -> Text,
        description -> Text,
        background -> Text,
        sales -> Int8,
        published -> Bool,
        created_at -> Timestamptz,
        version -> Int4,
        was_published -> Bool,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    staff_mail_readers (user_id, kind) {
        user_id -> Int8,
        kind -> Text,
        language -> Text,
        since -> Timestamptz,
        told_until -> Timestamptz,
    }
}

diesel::table! {
    staff_mails (id) {
        id -> Int8,
        user_id -> Int8,
        kind -> Text,
        thing -> Int8,
        told_from -> Nullable<Timestamptz>,
        told_until -> Nullable<Timestamptz>,
        job_id -> Nullable<Int8>,
        promised_at -> Timestamptz,
        begun_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        skipped -> Nullable<Text>,
    }
}

diesel::table! {
    staff_preferences (user_id) {
        user_id -> Int8,
        stock_mode -> Text,
    }
}

diesel::table! {
    staff_rules (id) {
        id -> Bool,
        second_factor_required -> Bool,
    }
}

diesel::table! {
    stock_movements (id) {
        id -> Int8,
        sku_id -> Int8,
        delta -> Int4,
        reason -> Text,
        order_id -> Nullable<Int8>,
        staff_id -> Nullable<Int8>,
        note -> Text,
        at -> Timestamptz,
        reverses -> Nullable<Int8>,
        token -> Nullable<Text>,
        turn -> Int4,
    }
}

diesel::table! {
    store_settings (id) {
        id -> Bool,
        version -> Int8,
        shop_name_zh -> Text,
        shop_name_en -> Text,
        address -> Text,
        contact_phone -> Text,
        contact_email -> Text,
        tax_number -> Text,
        return_recipient -> Text,
        return_phone -> Text,
        return_address -> Text,
        mail_name -> Text,
        mail_address -> Text,
        freight -> Numeric,
        free_from -> Numeric,
        unpaid_minutes -> Int4,
        received_after_days -> Int4,
        return_days -> Int4,
        review_days -> Int4,
        max_open_orders -> Int4,
        max_open_per_sku -> Int4,
        max_open_per_product -> Int4,
        max_expired_orders -> Int4,
        refund_password_from -> Numeric,
        stock_password_from -> Int4,
        review_mail_days -> Int4,
        reviews_need_approval -> Bool,
    }
}

diesel::table! {
    texts (id) {
        id -> Int8,
        language -> Text,
        category_id -> Nullable<Int8>,
        brand_id -> Nullable<Int8>,
        spu_id -> Nullable<Int8>,
        option_id -> Nullable<Int8>,
        option_value_id -> Nullable<Int8>,
        name -> Text,
        description -> Text,
    }
}

diesel::table! {
    unwanted_mails (user_id, kind) {
        user_id -> Int8,
        kind -> Text,
        since -> Timestamptz,
    }
}

diesel::table! {
    users (id) {
        id -> Int8,
        username -> Text,
        email -> Text,
        password_hash -> Text,
        role -> Text,
        email_verified_at -> Nullable<Timestamptz>,
        disabled_at -> Nullable<Timestamptz>,
        password_changed_at -> Timestamptz,
        created_at -> Timestamptz,
        signed_in_at -> Nullable<Timestamptz>,
        username_skeleton -> Nullable<Text>,
        erased_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(addresses -> users (user_id));
diesel::joinable!(audit_log -> users (staff_id));
diesel::joinable!(blocked_contacts -> users (staff_id));
diesel::joinable!(cancellation_requests -> orders (order_id));
diesel::joinable!(cancellation_requests -> users (staff_id));
diesel::joinable!(cash_sheet_lines -> cash_sheets (sheet_id));
diesel::joinable!(cash_sheet_orders -> cash_sheets (sheet_id));
diesel::joinable!(cash_sheet_orders -> orders (order_id));
diesel::joinable!(category_tax_rates -> categories (category_id));
diesel::joinable!(customers -> users (user_id));
diesel::joinable!(facet_texts -> facet_values (value_id));
diesel::joinable!(fapiao_files -> fapiao_requests (request_id));
diesel::joinable!(fapiao_numbers -> fapiao_requests (request_id));
diesel::joinable!(fapiao_requests -> orders (order_id));
diesel::joinable!(former_category_slugs -> categories (category_id));
diesel::joinable!(images -> option_values (option_value_id));
diesel::joinable!(images -> spus (spu_id));
diesel::joinable!(import_files -> imports (import_id));
diesel::joinable!(import_mappings -> users (staff_id));
diesel::joinable!(import_rows -> imports (import_id));
diesel::joinable!(invoice_buyers -> orders (order_id));
diesel::joinable!(invoice_lines -> invoices (invoice_id));
diesel::joinable!(invoice_lines -> order_goods (order_goods_id));
diesel::joinable!(invoices -> orders (order_id));
diesel::joinable!(invoices -> refunds (refund_id));
diesel::joinable!(low_stock_mails -> users (user_id));
diesel::joinable!(low_stock_readers -> users (user_id));
diesel::joinable!(low_stock_skus -> skus (sku_id));
diesel::joinable!(month_closing_lines -> month_closings (month));
diesel::joinable!(month_closings -> users (staff_id));
diesel::joinable!(option_values -> options (option_id));
diesel::joinable!(options -> spus (spu_id));
diesel::joinable!(order_events -> orders (order_id));
diesel::joinable!(order_events -> users (user_id));
diesel::joinable!(order_goods -> orders (order_id));
diesel::joinable!(order_goods -> skus (sku_id));
diesel::joinable!(order_holds -> orders (order_id));
diesel::joinable!(order_holds -> users (staff_id));
diesel::joinable!(order_mails -> orders (order_id));
diesel::joinable!(orders -> users (user_id));
diesel::joinable!(payment_notifications -> payments (payment_id));
diesel::joinable!(payments -> orders (order_id));
diesel::joinable!(picture_sizes -> pictures (picture_id));
diesel::joinable!(price_changes -> skus (sku_id));
diesel::joinable!(price_changes -> users (staff_id));
diesel::joinable!(question_mails -> questions (question_id));
diesel::joinable!(question_messages -> questions (question_id));
diesel::joinable!(question_messages -> users (staff_id));
diesel::joinable!(question_pictures -> question_messages (message_id));
diesel::joinable!(questions -> orders (order_id));
diesel::joinable!(questions -> users (user_id));
diesel::joinable!(reconciliations -> users (staff_id));
diesel::joinable!(recovery_codes -> second_factors (user_id));
diesel::joinable!(refund_goods -> order_goods (order_goods_id));
diesel::joinable!(refund_goods -> refunds (refund_id));
diesel::joinable!(refunds -> payments (payment_id));
diesel::joinable!(refunds -> returns (return_id));
diesel::joinable!(refunds -> users (staff_id));
diesel::joinable!(return_goods -> order_goods (order_goods_id));
diesel::joinable!(return_goods -> returns (return_id));
diesel::joinable!(return_pictures -> returns (return_id));
diesel::joinable!(returns -> orders (order_id));
diesel::joinable!(review_figures -> spus (spu_id));
diesel::joinable!(review_pictures -> reviews (review_id));
diesel::joinable!(reviews -> order_goods (order_goods_id));
diesel::joinable!(reviews -> orders (order_id));
diesel::joinable!(reviews -> spus (spu_id));
diesel::joinable!(reviews -> users (user_id));
diesel::joinable!(second_factors -> users (user_id));
diesel::joinable!(shipment_goods -> order_goods (order_goods_id));
diesel::joinable!(shipment_goods -> shipments (shipment_id));
diesel::joinable!(shipment_import_lines -> shipment_imports (import_id));
diesel::joinable!(shipment_import_parcels -> orders (order_id));
diesel::joinable!(shipment_import_parcels -> shipment_imports (import_id));
diesel::joinable!(shipment_imports -> carriers (carrier_id));
diesel::joinable!(shipments -> carriers (carrier_id));
diesel::joinable!(shipments -> orders (order_id));
diesel::joinable!(shipments -> users (staff_id));
diesel::joinable!(sku_figures -> skus (sku_id));
diesel::joinable!(sku_option_values -> options (option_id));
diesel::joinable!(sku_option_values -> skus (sku_id));
diesel::joinable!(sku_sales -> skus (sku_id));
diesel::joinable!(skus -> spus (spu_id));
diesel::joinable!(spu_search -> spus (spu_id));
diesel::joinable!(spus -> brands (brand_id));
diesel::joinable!(spus -> categories (category_id));
diesel::joinable!(staff_mail_readers -> users (user_id));
diesel::joinable!(staff_mails -> users (user_id));
diesel::joinable!(staff_preferences -> users (user_id));
diesel::joinable!(stock_movements -> orders (order_id));
diesel::joinable!(stock_movements -> skus (sku_id));
diesel::joinable!(stock_movements -> users (staff_id));
diesel::joinable!(texts -> brands (brand_id));
diesel::joinable!(texts -> categories (category_id));
diesel::joinable!(texts -> option_values (option_value_id));
diesel::joinable!(texts -> options (option_id));
diesel::joinable!(texts -> spus (spu_id));
diesel::joinable!(unwanted_mails -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    addresses,
    audit_log,
    blocked_contacts,
    brands,
    cancellation_requests,
    carriers,
    cash_sheet_lines,
    cash_sheet_orders,
    cash_sheets,
    categories,
    category_ancestors,
    category_tax_rates,
    contact_salt,
    customer_notes,
    customers,
    customers_progress,
    facet_texts,
    facet_values,
    fapiao_files,
    fapiao_numbers,
    fapiao_requests,
    former_category_slugs,
    gateway_bills,
    images,
    import_files,
    import_mappings,
    import_rows,
    imports,
    invoice_buyers,
    invoice_lines,
    invoice_progress,
    invoice_series,
    invoice_settings,
    invoices,
    listing_changes,
    listing_clock,
    listing_counts,
    listing_progress,
    listings,
    low_stock_mails,
    low_stock_readers,
    low_stock_skus,
    month_closing_lines,
    month_closings,
    option_values,
    options,
    order_days,
    order_events,
    order_goods,
    order_holds,
    order_mail_cursor,
    order_mails,
    order_search,
    order_search_parts,
    order_search_progress,
    orders,
    outbox,
    payment_notifications,
    payments,
    picture_sizes,
    pictures,
    price_changes,
    question_mails,
    question_messages,
    question_pictures,
    questions,
    reading_progress,
    reconciliations,
    recovery_codes,
    refund_goods,
    refunds,
    related_products,
    related_progress,
    return_goods,
    return_pictures,
    returns,
    review_figures,
    review_pictures,
    reviews,
    search_changes,
    search_misses,
    second_factors,
    shipment_goods,
    shipment_import_lines,
    shipment_import_parcels,
    shipment_imports,
    shipments,
    sku_figures,
    sku_option_values,
    sku_sales,
    sku_sales_days,
    sku_search,
    skus,
    spu_search,
    spus,
    staff_mail_readers,
    staff_mails,
    staff_preferences,
    staff_rules,
    stock_movements,
    store_settings,
    texts,
    unwanted_mails,
    users,
);
