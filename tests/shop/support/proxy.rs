//! A proxy between the shop and PostgreSQL or Redis that can fail as networks do.

use std::{net::SocketAddr, sync::mpsc, thread, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};

/// What the proxy does with connections, including those that are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Forwards every byte at once.
    None,
    /// Closes every connection, and each new one at once.
    Refuse,
    /// Accepts connections and bytes, and forwards nothing until the fault is over.
    Hang,
    /// Forwards bytes after this delay, in each direction.
    Latency { delay: Duration, spread: Duration },
    /// Closes a connection instead of forwarding a request with this text: the server has not got it.
    CutRequest(&'static str),
    /// Closes a connection instead of forwarding a response with this text: the server has done what it was asked.
    CutAnswer(&'static str),
    /// Closes every connection, and answers each new one as PostgreSQL does when others have taken all of them.
    TooManyClients,
}

/// The address that the proxy forwards to.
#[derive(Clone)]
enum Upstream {
    Tcp(String),
    Unix(String),
}

/// Listens on a port of 127.0.0.1 until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    cut: watch::Sender<u64>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Proxy {
    /// A proxy to the server of a database URL, and the URL that leads through the proxy.
    pub fn to_database(url: &str) -> (Self, String) {
        let mut url = url::Url::parse(url).unwrap();
        let socket = url.query_pairs().find_map(|(name, value)| (name == "host").then(|| value.into_owned()));
        let proxy = match socket {
            Some(folder) => {
                let query: Vec<(String, String)> =
                    url.query_pairs().into_owned().filter(|(name, _)| name != "host").collect();
                url.query_pairs_mut().clear().extend_pairs(query);
                Self::to(Upstream::Unix(format!("{folder}/.s.PGSQL.5432")))
            }
            None => Self::to(Upstream::Tcp(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432)))),
        };
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(proxy.port())).unwrap();
        (proxy, url.into())
    }

    /// A proxy to a Unix socket.
    pub fn to_socket(upstream: &str) -> Self {
        Self::to(Upstream::Unix(upstream.to_owned()))
    }

    fn to(upstream: Upstream) -> Self {
        let (fault, faults) = watch::channel(Fault::None);
        let (cut, cuts) = watch::channel(0);
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    () = listen(listener, upstream, faults, cuts) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address: told.recv().unwrap(), fault, cut, stop: Some(stop), thread: Some(thread) }
    }

    fn port(&self) -> u16 {
        self.address.port()
    }

    /// The Redis URL that leads through the proxy.
    pub fn redis_url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port())
    }

    /// Changes the fault from now on.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
        if matches!(fault, Fault::Refuse | Fault::TooManyClients) {
            self.cut_connections();
        }
    }

    /// Closes all open connections.
    pub fn cut_connections(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn listen(listener: TcpListener, upstream: Upstream, faults: watch::Receiver<Fault>, cuts: watch::Receiver<u64>) {
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        let _ = client.set_nodelay(true);
        match *faults.borrow() {
            Fault::Refuse => continue,
            Fault::TooManyClients => {
                tokio::spawn(refuse_client(client));
                continue;
            }
            _ => {}
        }
        let (upstream, faults, mut cuts) = (upstream.clone(), faults.clone(), cuts.clone());
        cuts.mark_unchanged();
        tokio::spawn(async move {
            tokio::select! {
                () = connect(client, upstream, faults) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

/// Reads the first message of a client of PostgreSQL and answers with error 53300 (`too_many_connections`).
async fn refuse_client(mut client: TcpStream) {
    let mut startup = [0; 1024];
    let _ = client.read(&mut startup).await;
    let fields = b"SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0\0";
    let mut message = vec![b'E'];
    message.extend_from_slice(&u32::try_from(fields.len() + 4).unwrap().to_be_bytes());
    message.extend_from_slice(fields);
    let _ = client.write_all(&message).await;
    let _ = client.shutdown().await;
}

async fn connect(client: TcpStream, upstream: Upstream, faults: watch::Receiver<Fault>) {
    match upstream {
        Upstream::Tcp(address) => {
            let Ok(server) = TcpStream::connect(address).await else { return };
            let _ = server.set_nodelay(true);
            join(client, server, faults).await;
        }
        Upstream::Unix(path) => {
            let Ok(server) = UnixStream::connect(path).await else { return };
            join(client, server, faults).await;
        }
    }
}

async fn join(
    client: impl AsyncRead + AsyncWrite,
    server: impl AsyncRead + AsyncWrite,
    faults: watch::Receiver<Fault>,
) {
    let (from_client, to_client) = tokio::io::split(client);
    let (from_server, to_server) = tokio::io::split(server);
    // If one side closes, the other is closed too.
    tokio::select! {
        () = copy(from_client, to_server, faults.clone(), Direction::Request) => {}
        () = copy(from_server, to_client, faults.clone(), Direction::Answer) => {}
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Request,
    Answer,
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut faults: watch::Receiver<Fault>,
    direction: Direction,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(read) = from.read(&mut buffer).await else { return };
        if read == 0 {
            return;
        }
        loop {
            let fault = *faults.borrow_and_update();
            match fault {
                Fault::Hang => {
                    if faults.changed().await.is_err() {
                        return;
                    }
                    continue;
                }
                Fault::Latency { delay, spread } => tokio::time::sleep(varied(delay, spread)).await,
                Fault::CutRequest(text) if direction == Direction::Request && contains(&buffer[..read], text) => return,
                Fault::CutAnswer(text) if direction == Direction::Answer && contains(&buffer[..read], text) => return,
                _ => {}
            }
            break;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The delay in one direction, evenly distributed by up to `spread` around it.
fn varied(delay: Duration, spread: Duration) -> Duration {
    let spread = spread.as_secs_f64();
    let offset = if spread > 0.0 { rand::random_range(-spread..=spread) } else { 0.0 };
    Duration::from_secs_f64((delay.as_secs_f64() + offset).max(0.0))
}
