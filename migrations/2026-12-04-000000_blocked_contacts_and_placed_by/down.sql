delete from order_events where event = 'placed';

alter table order_events
    drop constraint order_events_event_check,
    add constraint order_events_event_check check (event in
        ('paid', 'revived', 'expired', 'canceled', 'sent', 'received', 'finished', 'refused', 'refunded',
            'packing', 'packing_stopped', 'parcel_sent', 'parcel_corrected', 'parcel_undone', 'parcel_lost',
            'withdrawn', 'held', 'released', 'noted', 'address_changed',
            'cancellation_asked', 'cancellation_declined', 'refund_wanted', 'refund_done', 'refund_refused',
            'return_asked', 'return_approved', 'return_declined', 'return_sent_back', 'return_arrived',
            'return_closed', 'return_withdrawn'));

drop table blocked_contacts;
drop function address_key(text);
drop function phone_key(text);
