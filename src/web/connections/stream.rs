//! A connection that gives requests to the server one at a time, and is closed when its client reads nothing.

use actix_web::{rt::net::TcpStream, web::Buf, web::BytesMut};
use socket2::SockRef;
use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::{limits::OpenConnection, request_pacing::RequestPacing};
use crate::web::SecurityEvent;

/// How many bytes are read beyond the current request; further bytes wait in the kernel's buffers.
const MAX_AHEAD_LEN: usize = 4 * 1024;

/// How long the head of a request may take to arrive, from its first byte on.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(super) struct PacedStream {
    io: TcpStream,
    pacing: Rc<RequestPacing>,
    /// Bytes that were read from the client and not given to the server yet.
    ahead: BytesMut,
    /// True if the client has closed its side, or the connection was evicted.
    ended: bool,
    write_timeout: Duration,
    /// The running write timeout, which ends the connection; `None` while the client reads its response.
    stalled: Option<Pin<Box<Sleep>>>,
    /// The running timeout of the head of a request that has begun to arrive; `None` if none is arriving.
    slow_head: Option<Pin<Box<Sleep>>>,
    open: OpenConnection,
}

impl PacedStream {
    pub(super) fn new(io: TcpStream, write_timeout: Duration, open: OpenConnection) -> Self {
        // The last piece of a response must not wait until the client acknowledges the one before, which takes it 40
        // ms.
        let _ = io.set_nodelay(true);
        let pacing = RequestPacing::new();
        Self { io, pacing, ahead: BytesMut::new(), ended: false, write_timeout, stalled: None, slow_head: None, open }
    }

    pub(super) fn pacing(&self) -> &Rc<RequestPacing> {
        &self.pacing
    }

    /// Gives bytes to the server: first those that were read ahead, then new ones.
    fn read_buffered(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            if self.ended {
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            let Poll::Ready(read) = Pin::new(&mut self.io).poll_read(cx, buf) else {
                return self.wait_for_request(cx);
            };
            self.seen(&read);
            read?;
            self.open.idle().end();
            let fresh = buf.filled().get(before..).unwrap_or_default();
            let taken = self.pacing.take(fresh);
            self.ahead.extend_from_slice(fresh.get(taken..).unwrap_or_default());
            buf.set_filled(before + taken);
            return Poll::Ready(Ok(()));
        }
        self.open.idle().end();
        let most = self.ahead.len().min(buf.remaining());
        let taken = self.pacing.take(self.ahead.get(..most).unwrap_or_default());
        buf.put_slice(self.ahead.get(..taken).unwrap_or_default());
        self.ahead.advance(taken);
        if self.ahead.is_empty() {
            self.ahead = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }

    /// Gives nothing to the server, but reads ahead: if the client closes the connection, ends the stream.
    fn hold_back(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let whole_head = self.pacing.take_head_passed_on();
        while self.ahead.is_empty() && !self.ended {
            let Poll::Ready(ready) = self.io.poll_read_ready(cx) else {
                return self.wait_for_request(cx);
            };
            ready?;
            self.ahead.reserve(MAX_AHEAD_LEN);
            match self.io.try_read_buf(&mut self.ahead) {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    let failed = Err(error);
                    self.seen(&failed);
                    return Poll::Ready(failed);
                }
            }
        }
        if self.ahead.is_empty() {
            return Poll::Ready(Ok(()));
        }
        if whole_head {
            // Whether it was a request is known when the server has looked at it.
            cx.waker().wake_by_ref();
        }
        self.pacing.wait(cx.waker());
        Poll::Pending
    }

    /// Returns `Pending` and, if no request is in progress, marks the connection as idle. If the connection was evicted
    /// and no request has arrived, ends the stream.
    fn wait_for_request(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.begin_idle();
        let must_close = self.open.idle().must_close(cx.waker()) && self.pacing.is_idle();
        if must_close && self.has_unread_bytes() {
            self.open.idle().end();
            return Poll::Pending;
        }
        self.ended = must_close;
        if self.ended { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// Returns whether bytes from the client have arrived in the kernel, even if the runtime has not reported them yet.
    fn has_unread_bytes(&self) -> bool {
        SockRef::from(&self.io).peek(&mut [MaybeUninit::uninit()]).is_ok_and(|unread| unread > 0)
    }

    fn begin_idle(&self) {
        if self.pacing.is_idle() && self.ahead.is_empty() {
            self.open.idle().begin();
        }
    }

    /// Logs that the client read nothing, if the kernel gave up on it because it acknowledged nothing
    /// (`TCP_USER_TIMEOUT`).
    fn seen(&self, outcome: &io::Result<()>) {
        if outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            self.report_stall();
        }
    }

    fn report_stall(&self) {
        SecurityEvent::ConnectionStalled.record_connection(&self.open.address(), "write_timeout");
    }

    /// Fails if the head of a request takes longer than [`HEAD_TIMEOUT`] to arrive.
    fn poll_head_timeout(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.pacing.is_within_head() {
            self.slow_head = None;
            return Ok(());
        }
        let timer = self.slow_head.get_or_insert_with(|| Box::pin(sleep(HEAD_TIMEOUT)));
        match timer.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::Error::new(io::ErrorKind::TimedOut, "the head of a request takes too long")),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for PacedStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.pacing.is_broken() {
            let odd = "requests where the body of another one should be";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, odd)));
        }
        this.poll_head_timeout(cx)?;
        if this.pacing.is_open() && this.stalled.is_none() { this.read_buffered(cx, buf) } else { this.hold_back(cx) }
    }
}

impl AsyncWrite for PacedStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Poll::Ready(written) = Pin::new(&mut this.io).poll_write(cx, bytes) {
            if this.stalled.take().is_some() {
                // What was held back meanwhile may come.
                cx.waker().wake_by_ref();
            }
            return Poll::Ready(written);
        }
        let timeout = this.write_timeout;
        let timer = this.stalled.get_or_insert_with(|| Box::pin(sleep(timeout)));
        ready!(timer.as_mut().poll(cx));
        this.report_stall();
        // What the system still holds for this client goes as well.
        let _ = this.io.set_zero_linger();
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.io).poll_flush(cx))?;
        // The server does not read again until something comes: an answer is complete when all of it is written.
        this.begin_idle();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}
