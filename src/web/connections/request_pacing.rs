//! Allows only one request at a time on a connection: the state that its stream and its requests share.

use actix_http::{
    HttpMessage, Request,
    body::{BodySize, BoxBody, MessageBody},
};
use actix_web::{
    http::{Method, header},
    web::Bytes,
};
use std::{
    cell::RefCell,
    error::Error,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
};

use super::framing::Framing;

/// The maximum number of bytes of a response that are put into the connection's write buffer at once, so that a
/// picture of megabytes is not buffered whole for a client that reads nothing.
const MAX_PIECE_LEN: usize = 128 * 1024;

/// Which request of a connection is being read or answered. Its stream and its requests share it, all on one thread.
#[derive(Debug)]
pub(super) struct RequestPacing(RefCell<PacingState>);

#[derive(Debug)]
struct PacingState {
    framing: Framing,
    /// True if a whole head of a request was given to the server and the server has not parsed it yet.
    head_passed_on: bool,
    /// The number of requests whose response is not sent completely.
    unanswered_requests: u32,
    /// True if the server's parser has found a request where, by [`Framing`], none begins; the connection is closed
    /// then.
    broken: bool,
    /// Wakes the stream when it may give more bytes to the server.
    waiting: Option<Waker>,
}

impl RequestPacing {
    pub(super) fn new() -> Rc<Self> {
        let state = PacingState {
            framing: Framing::START,
            head_passed_on: false,
            unanswered_requests: 0,
            broken: false,
            waiting: None,
        };
        Rc::new(Self(RefCell::new(state)))
    }

    /// Records that the server has parsed the head of a request. The next request may not begin until the returned
    /// guard is dropped.
    pub(super) fn begin(self: &Rc<Self>, request: &Request) -> RequestGuard {
        let waiting = {
            let mut state = self.0.borrow_mut();
            state.broken |= state.unanswered_requests > 0 || state.framing != Framing::START;
            state.framing = body_of(request);
            state.unanswered_requests += 1;
            state.head_passed_on = false;
            state.waiting.take()
        };
        wake(waiting);
        RequestGuard(Rc::clone(self))
    }

    /// Returns whether the stream may give more bytes to the server: those of a body always, those of the next head
    /// once the last request is answered.
    pub(super) fn is_open(&self) -> bool {
        let state = self.0.borrow();
        match state.framing {
            Framing::Head(_) => state.unanswered_requests == 0 && !state.head_passed_on,
            _ => true,
        }
    }

    /// Returns whether the head of a request has begun to arrive and is not complete.
    pub(super) fn is_within_head(&self) -> bool {
        let state = self.0.borrow();
        matches!(state.framing, Framing::Head(_)) && state.framing != Framing::START
    }

    /// Returns whether the connection is between two requests: none is being read or answered.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.0.borrow();
        state.framing == Framing::START && state.unanswered_requests == 0 && !state.head_passed_on
    }

    pub(super) fn is_broken(&self) -> bool {
        self.0.borrow().broken
    }

    /// Returns how many of these bytes the stream may give to the server now, and records that it does: those of the
    /// current part of the request, at least one if there are any.
    pub(super) fn take(&self, bytes: &[u8]) -> usize {
        let mut state = self.0.borrow_mut();
        let is_head = matches!(state.framing, Framing::Head(_));
        let taken = state.framing.take(bytes);
        state.head_passed_on = is_head && taken.whole;
        taken.bytes
    }

    /// Returns whether a whole head was given to the server that the server has not parsed yet, and resets that flag.
    /// The server parses a head when it is told that no more bytes come for now.
    pub(super) fn take_head_passed_on(&self) -> bool {
        std::mem::take(&mut self.0.borrow_mut().head_passed_on)
    }

    /// Wakes `waker` when the next request has begun, or when the response to the last one is complete.
    pub(super) fn wait(&self, waker: &Waker) {
        let mut state = self.0.borrow_mut();
        if !state.waiting.as_ref().is_some_and(|known| known.will_wake(waker)) {
            state.waiting = Some(waker.clone());
        }
    }

    fn end(&self) {
        let waiting = {
            let mut state = self.0.borrow_mut();
            state.unanswered_requests = state.unanswered_requests.saturating_sub(1);
            state.waiting.take()
        };
        wake(waiting);
    }
}

fn wake(waiting: Option<Waker>) {
    if let Some(waiting) = waiting {
        waiting.wake();
    }
}

/// Returns how the body of a request is delimited according to the server's parser.
fn body_of(request: &Request) -> Framing {
    let headers = request.headers();
    let upgrade =
        |value: &header::HeaderValue| value.to_str().is_ok_and(|said| said.trim().eq_ignore_ascii_case("websocket"));
    let length = headers.get(header::CONTENT_LENGTH).and_then(|said| said.to_str().ok()?.trim().parse().ok());
    let until_end = headers.get_all(header::UPGRADE).any(upgrade)
        || (*request.method() == Method::CONNECT && length.unwrap_or(0) == 0);
    Framing::of_body(request.chunked().unwrap_or(false), until_end, length.unwrap_or(0))
}

/// The guard of a request, which counts as unanswered until the guard is dropped.
#[derive(Debug)]
pub(super) struct RequestGuard(Rc<RequestPacing>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A response body that is sent in pieces of [`MAX_PIECE_LEN`]. When it is dropped, the next request may begin.
pub(super) struct PacedBody {
    body: BoxBody,
    rest: Bytes,
    _guard: Option<RequestGuard>,
}

impl PacedBody {
    pub(super) fn new(body: impl MessageBody + 'static, guard: Option<RequestGuard>) -> Self {
        Self { body: body.boxed(), rest: Bytes::new(), _guard: guard }
    }
}

impl MessageBody for PacedBody {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_next(cx)) {
                Some(Ok(bytes)) => this.rest = bytes,
                ended => return Poll::Ready(ended),
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(MAX_PIECE_LEN));
        Poll::Ready(Some(Ok(piece)))
    }
}
