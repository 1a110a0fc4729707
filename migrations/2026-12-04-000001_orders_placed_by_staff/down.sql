drop index order_events_placed_key;
drop index order_events_placed_token_key;
alter table order_events drop constraint order_events_placed_check;

-- It was not validated before.
alter table order_events
    drop constraint order_events_event_check,
    add constraint order_events_event_check check (event in
        ('placed', 'paid', 'revived', 'expired', 'canceled', 'sent', 'received', 'finished', 'refused', 'refunded',
            'packing', 'packing_stopped', 'parcel_sent', 'parcel_corrected', 'parcel_undone', 'parcel_lost',
            'withdrawn', 'held', 'released', 'noted', 'address_changed',
            'cancellation_asked', 'cancellation_declined', 'refund_wanted', 'refund_done', 'refund_refused',
            'return_asked', 'return_approved', 'return_declined', 'return_sent_back', 'return_arrived',
            'return_closed', 'return_withdrawn')) not valid;
