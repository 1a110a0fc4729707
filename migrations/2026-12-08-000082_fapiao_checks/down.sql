-- They were not validated before.
alter table fapiao_requests
    drop constraint fapiao_requests_status_check,
    add constraint fapiao_requests_status_check check
        (status in ('requested', 'issued', 'refused', 'withdrawn', 'to_reverse', 'reversed')) not valid,
    drop constraint fapiao_requests_issued_check,
    add constraint fapiao_requests_issued_check check
        ((status in ('requested', 'refused', 'withdrawn')) = (issued_at is null)) not valid;

alter table order_events
    drop constraint order_events_event_check,
    add constraint order_events_event_check check (event in
        ('placed', 'paid', 'revived', 'expired', 'canceled', 'sent', 'received', 'finished', 'refused', 'refunded',
            'packing', 'packing_stopped', 'parcel_sent', 'parcel_corrected', 'parcel_undone', 'parcel_lost',
            'withdrawn', 'held', 'released', 'noted', 'address_changed',
            'cancellation_asked', 'cancellation_declined', 'refund_wanted', 'refund_done', 'refund_refused',
            'return_asked', 'return_approved', 'return_declined', 'return_sent_back', 'return_arrived',
            'return_closed', 'return_withdrawn',
            'fapiao_requested', 'fapiao_issued', 'fapiao_refused', 'fapiao_withdrawn', 'fapiao_reversed')) not valid;

alter table order_mails
    drop constraint order_mails_kind_check,
    add constraint order_mails_kind_check check (kind in
        ('placed', 'pay_reminder', 'expired', 'paid', 'revived', 'parcel_sent', 'canceled', 'refund_done', 'paid_late',
            'paid_twice', 'return_asked', 'return_approved', 'return_declined', 'return_arrived', 'return_closed',
            'delivery_soon', 'review_asked', 'fapiao_issued', 'fapiao_refused', 'fapiao_reversed')) not valid;
