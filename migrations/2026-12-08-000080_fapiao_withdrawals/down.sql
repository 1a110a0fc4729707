update fapiao_requests set status = 'refused', refusal = 'Withdrawn' where status = 'withdrawn';
alter table fapiao_requests
    drop constraint fapiao_requests_status_check,
    add constraint fapiao_requests_status_check check
        (status in ('requested', 'issued', 'refused', 'to_reverse', 'reversed')),
    drop constraint fapiao_requests_issued_check,
    add constraint fapiao_requests_check5 check ((status in ('requested', 'refused')) = (issued_at is null));

delete from order_events where event = 'fapiao_withdrawn';
alter table order_events
    drop constraint order_events_event_check,
    add constraint order_events_event_check check (event in
        ('placed', 'paid', 'revived', 'expired', 'canceled', 'sent', 'received', 'finished', 'refused', 'refunded',
            'packing', 'packing_stopped', 'parcel_sent', 'parcel_corrected', 'parcel_undone', 'parcel_lost',
            'withdrawn', 'held', 'released', 'noted', 'address_changed',
            'cancellation_asked', 'cancellation_declined', 'refund_wanted', 'refund_done', 'refund_refused',
            'return_asked', 'return_approved', 'return_declined', 'return_sent_back', 'return_arrived',
            'return_closed', 'return_withdrawn',
            'fapiao_requested', 'fapiao_issued', 'fapiao_refused', 'fapiao_reversed'));
