//! The HTTP server, with limits on its connections: how many there are, how many bytes are read before they are needed,
//! and how long a client may read nothing of its response.
//!
//! By default, Actix's server reads as many requests as a client sends without waiting for responses, each of some
//! kilobytes, and holds responses that it cannot send for as long as the connection lasts. So the streams here give it
//! one request at a time, and end when the client reads nothing.

mod framing;
mod idle;
mod limits;
mod request_pacing;
mod stream;

use actix_http::{HttpService, Protocol, Request, body::MessageBody, error::DispatchError};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, apply_fn_factory, fn_service, map_config};
use actix_web::{
    Error,
    dev::{AppConfig, Server, Service, ServiceFactory, ServiceResponse},
    rt::net::TcpStream,
};
use socket2::{Domain, Protocol as Transport, Socket, Type};
use std::{
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::timeout,
};

use limits::{ConnectionLimit, OpenConnections, REFUSED};
pub use limits::{ConnectionLimits, register_connections};
use request_pacing::{PacedBody, RequestPacing};
use stream::PacedStream;

use super::{SecurityEvent, client::network_of};

/// The number of connections that the kernel holds until the server accepts them; many come at once in a flash sale.
const BACKLOG: i32 = 4096;

/// How many unsent bytes the kernel buffers for one client. More would speed nothing up, and would hide from the
/// server that the client reads nothing.
const MAX_UNSENT_LEN: u32 = 16 * 1024;

/// How many seconds a shutdown waits for responses in progress.
const SHUTDOWN_TIMEOUT: u64 = 10;

#[derive(Clone, Copy, Debug)]
pub struct ServerOptions {
    /// The number of threads that answer requests; `None` for one per core.
    pub workers: Option<usize>,
    /// How long a connection may be idle between two requests before it is closed.
    pub keep_alive: Duration,
    /// How long a client may read nothing of its response before the connection is closed.
    pub write_timeout: Duration,
    pub limits: ConnectionLimits,
}

/// Opens a socket that listens for connections.
pub fn listen(address: SocketAddr, options: &ServerOptions) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Transport::TCP))?;
    socket.set_reuse_address(true)?;
    // Connections inherit these. A system without them does without.
    let _ = socket.set_tcp_notsent_lowat(MAX_UNSENT_LEN);
    let _ = socket.set_tcp_user_timeout(Some(options.write_timeout));
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Returns the server of the application that `app` makes for each worker. It runs while it is awaited, until the
/// future `stop` ends; then it finishes responses in progress, for [`SHUTDOWN_TIMEOUT`] seconds at most.
// Long: one chain of services, a quarter of which is its type.
pub fn server<F, A, S, B>(
    listener: TcpListener,
    options: ServerOptions,
    app: F,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Server>
where
    F: Fn() -> A + Clone + Send + 'static,
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error, InitError = ()>
        + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let connections = OpenConnections::new(options.limits);
    let mut builder = Server::build()
        .shutdown_signal(stop)
        .shutdown_timeout(SHUTDOWN_TIMEOUT)
        // The bound for all workers is our own: the server's would let connections wait unanswered.
        .max_concurrent_connections(options.limits.total.saturating_mul(2));
    if let Some(workers) = options.workers {
        builder = builder.workers(workers);
    }
    let stopping = builder.graceful_shutdown_signal();
    let builder = builder.listen("till", listener, move || {
        let (connections, stopping) = (Arc::clone(&connections), stopping.clone());
        let app = map_config(app().into_factory(), |()| AppConfig::default());
        let app = apply_fn_factory(app, |request: Request, app: &S::Service| {
            let guard = request.conn_data::<Rc<RequestPacing>>().map(|pacing| pacing.begin(&request));
            let unanswered_requests = app.call(request);
            async move {
                let answer = unanswered_requests.await?;
                Ok::<_, Error>(answer.map_body(|_, body| PacedBody::new(body, guard)))
            }
        });
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(options.keep_alive)
            .client_request_timeout(Duration::from_secs(5))
            .client_disconnect_timeout(Duration::from_secs(1))
            .on_connect_ext(|stream: &PacedStream, data| {
                data.insert(Rc::clone(stream.pacing()));
            })
            .finish(app.map_err(|error| error.error_response()));
        fn_service(move |io: TcpStream| {
            let connections = Arc::clone(&connections);
            async move {
                let peer = io.peer_addr().ok();
                match connections.admit(peer.map(|peer| peer.ip())) {
                    Ok(open) => Ok((PacedStream::new(io, options.write_timeout, open), Protocol::Http1, peer)),
                    Err(limit) => {
                        refuse(io, peer, limit).await;
                        Err(DispatchError::Io(io::Error::other("too many connections")))
                    }
                }
            }
        })
        .and_then(http)
    });
    Ok(builder?.run())
}

/// The response to a connection that is refused because too many are open.
const TOO_MANY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 56\r\nRetry-After: 5\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n\
    Too many connections. Please try again in a few seconds\n";

/// How long to wait until a refused client has read [`TOO_MANY`].
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// How many refused clients are sent [`TOO_MANY`] at the same time; beyond that, connections are closed at once.
const MAX_REFUSALS: usize = 256;

/// Refuses a connection: records which `limit` was reached, sends [`TOO_MANY`], and reads what the client has sent
/// before it closes the connection, because closing it with unread data would reset it before the client sees the
/// response. If [`MAX_REFUSALS`] clients are being refused, closes at once.
async fn refuse(io: TcpStream, peer: Option<SocketAddr>, limit: ConnectionLimit) {
    static REFUSING: AtomicUsize = AtomicUsize::new(0);
    REFUSED.add(limit.code());
    let address = peer.map_or_else(|| "unknown".to_owned(), |peer| network_of(peer.ip().to_canonical()));
    SecurityEvent::ConnectionRefused.record_connection(&address, limit.code());
    if REFUSING.fetch_add(1, Relaxed) < MAX_REFUSALS {
        let _ = timeout(REFUSAL_TIMEOUT, answer_refused(io)).await;
    }
    REFUSING.fetch_sub(1, Relaxed);
}

async fn answer_refused(mut io: TcpStream) -> io::Result<()> {
    // The first bytes of a connection always have room.
    io.writable().await?;
    let _ = io.try_write(TOO_MANY.as_bytes())?;
    std::future::poll_fn(|cx| std::pin::Pin::new(&mut io).poll_shutdown(cx)).await?;
    let mut unread = [0; 1024];
    loop {
        let mut buf = ReadBuf::new(&mut unread);
        std::future::poll_fn(|cx| std::pin::Pin::new(&mut io).poll_read(cx, &mut buf)).await?;
        if buf.filled().is_empty() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_connection_is_told_in_as_many_bytes_as_it_says() {
        let (head, body) = TOO_MANY.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{}", body.len());
    }
}
