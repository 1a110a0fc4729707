//! The tasks on the dashboard: what staff have to do, how much of it, and for how long it has waited.

use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    admin::{
        fapiao as fapiao_pages,
        nav_badges::{self, NavBadges},
        orders as order_pages, payments as payment_pages, questions as question_pages,
        waiting_time::waiting_time,
    },
    fapiao::{MAX_OPEN_COUNT as MAX_OPEN_FAPIAO, OpenFapiao},
    kernel::thousands,
    messages::Messages,
    orders::{OrderFilter, PendingOrders, ReconciliationStatus, RecordedRun, Status, WaitingOrders, WorkList},
    payments::PaymentFilter,
    platform::clock,
    questions::{MAX_OPEN_COUNT, OpenQuestions},
};

/// A kind of thing that staff may have to do, with its number and a link to the page for it.
pub(super) struct DashboardTask {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// A sentence that says more, such as since when; `None` if there is nothing to do.
    pub(super) more: Option<String>,
    /// The CSS class of the badge with the count; `None` if there is nothing to do.
    pub(super) class: Option<&'static str>,
    pub(super) to: String,
}

/// The numbers from which the tasks are made.
pub(super) struct Tasks<'a> {
    pub(super) t: Messages,
    pub(super) badges: &'a NavBadges,
    pub(super) pending: PendingOrders,
    pub(super) waiting: WaitingOrders,
    pub(super) sold_out: i64,
    pub(super) last_run: Option<&'a RecordedRun>,
    pub(super) now: DateTime<Utc>,
    pub(super) zone: FixedOffset,
}

impl Tasks<'_> {
    /// Returns all tasks, those of orders first.
    pub(super) fn all(&self) -> Vec<DashboardTask> {
        self.of_orders()
            .into_iter()
            .chain([self.open_questions()])
            .chain(self.open_fapiao())
            .chain(self.of_payments())
            .chain(self.of_shop())
            .collect()
    }

    fn of_orders(&self) -> Vec<DashboardTask> {
        let (t, pending, waiting) = (self.t, self.pending, self.waiting);
        vec![
            self.task(
                t.dashboard_to_send(),
                (pending.unsent, order_pages::pending_count(pending.unsent)),
                "badge-accent",
                order_pages::list_of(OrderFilter::Of(Status::Unsent)),
                pending.unsent_since.map(|at| t.dashboard_to_send_since(self.minute(at))),
            ),
            self.orders(t.orders_late(), waiting.late, "badge-danger", OrderFilter::Late, waiting.late_since),
            self.orders(
                t.orders_cancellation_asked(),
                waiting.cancellations,
                "badge-danger",
                OrderFilter::Work(WorkList::CancellationAsked),
                waiting.cancellations_since,
            ),
            self.orders(
                t.orders_return_asked(),
                waiting.returns_asked,
                "badge-low",
                OrderFilter::Work(WorkList::ReturnAsked),
                waiting.returns_asked_since,
            ),
            self.orders(
                t.orders_return_arrived(),
                waiting.returns_arrived,
                "badge-low",
                OrderFilter::Work(WorkList::ReturnArrived),
                waiting.returns_arrived_since,
            ),
            self.orders(
                t.orders_to_collect(),
                waiting.to_collect,
                "",
                OrderFilter::ToCollect,
                waiting.to_collect_since,
            ),
            self.task(
                t.dashboard_to_pay(),
                (pending.unpaid, order_pages::pending_count(pending.unpaid)),
                "",
                order_pages::list_of(OrderFilter::Of(Status::Unpaid)),
                pending.unpaid_until.map(|at| t.dashboard_to_pay_until(self.minute(at))),
            ),
        ]
    }

    fn open_questions(&self) -> DashboardTask {
        let OpenQuestions { count, since } = self.badges.open_questions();
        let shown = nav_badges::capped_count(count, MAX_OPEN_COUNT);
        let more = since.map(|since| self.waited(since));
        self.task(self.t.dashboard_questions(), (count, shown), "badge-danger", question_pages::open_list(), more)
    }

    /// Returns the task for requests for a fapiao; `None` if the shop offers no fapiao and no request waits.
    fn open_fapiao(&self) -> Option<DashboardTask> {
        let OpenFapiao { count, since, .. } = self.badges.open_fapiao();
        let shown = nav_badges::capped_count(count, MAX_OPEN_FAPIAO);
        let more = since.map(|since| self.waited(since));
        let task =
            || self.task(self.t.dashboard_fapiao(), (count, shown), "badge-low", fapiao_pages::open_list(), more);
        self.badges.has_fapiao().then(task)
    }

    fn of_payments(&self) -> Vec<DashboardTask> {
        let (t, tasks) = (self.t, self.badges.payment_tasks());
        let task = |name, count, show, since: Option<DateTime<Utc>>| {
            let more = since.map(|since| self.waited(since));
            self.task(name, (count, thousands(&count)), "badge-danger", payment_pages::list_of(show), more)
        };
        vec![
            task(t.dashboard_strange(), tasks.strange, PaymentFilter::Strange, tasks.strange_since),
            task(t.dashboard_out_of_stock(), tasks.out_of_stock, PaymentFilter::OutOfStock, tasks.out_of_stock_since),
            task(t.dashboard_refunds(), tasks.refunds, PaymentFilter::Refunds, tasks.refunds_since),
        ]
    }

    fn of_shop(&self) -> Vec<DashboardTask> {
        let (t, low, failed) = (self.t, self.badges.low_or_out(), self.badges.failed_jobs());
        vec![
            self.task(
                t.dashboard_sold_out(),
                (self.sold_out, nav_badges::low_stock_count(self.sold_out)),
                "badge-danger",
                "/admin/stock?show=out".to_owned(),
                None,
            ),
            self.task(
                t.dashboard_low_or_out(),
                (low, nav_badges::low_stock_count(low)),
                "badge-low",
                "/admin/stock?show=low".to_owned(),
                None,
            ),
            self.task(
                t.dashboard_outbox(),
                (failed, thousands(&failed)),
                "badge-danger",
                "/admin/outbox".to_owned(),
                None,
            ),
            self.reconciliation(),
        ]
    }

    fn orders(
        &self,
        name: &'static str,
        count: i64,
        class: &'static str,
        show: OrderFilter,
        since: Option<DateTime<Utc>>,
    ) -> DashboardTask {
        let more = since.map(|since| self.waited(since));
        self.task(name, (count, order_pages::pending_count(count)), class, order_pages::list_of(show), more)
    }

    /// Returns a task. `count` is how many things there are to do, `shown` the same number formatted.
    fn task(
        &self,
        name: &'static str,
        (count, shown): (i64, String),
        class: &'static str,
        to: String,
        more: Option<String>,
    ) -> DashboardTask {
        let open = count > 0;
        DashboardTask {
            name,
            value: if open { shown } else { self.t.dashboard_none().to_owned() },
            more: more.filter(|_| open),
            class: open.then_some(class),
            to,
        }
    }

    /// Returns a sentence that says how long work that waits since `since` has waited by now.
    fn waited(&self, since: DateTime<Utc>) -> String {
        self.t.dashboard_waited(waiting_time(self.t, since, self.now))
    }

    fn reconciliation(&self) -> DashboardTask {
        let (t, last) = (self.t, self.last_run);
        let (class, value) = match last.map_or(ReconciliationStatus::Never, |last| last.status(self.now)) {
            ReconciliationStatus::Passed => (None, t.dashboard_reconciliation_agree().to_owned()),
            ReconciliationStatus::Mismatched(n) => (Some("badge-danger"), t.dashboard_reconciliation_disagree(n)),
            ReconciliationStatus::Failed => (Some("badge-danger"), t.dashboard_reconciliation_unread().to_owned()),
            ReconciliationStatus::Outdated => (Some("badge-low"), t.dashboard_reconciliation_old().to_owned()),
            ReconciliationStatus::Never => (Some("badge-low"), t.dashboard_reconciliation_never().to_owned()),
        };
        let more = last.map(|last| t.dashboard_reconciliation_checked(self.minute(last.started_at)));
        DashboardTask { name: t.dashboard_reconciliation(), value, more, class, to: "/admin/reconciliation".to_owned() }
    }

    fn minute(&self, at: DateTime<Utc>) -> String {
        clock::minute(at, self.zone)
    }
}
