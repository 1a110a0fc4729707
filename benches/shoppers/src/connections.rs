//! Keep-alive connections to the shop, each with at most one request under way.

use mio::{Events, Interest, Poll, Registry, Token, net::TcpStream};
use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{Outcome, answer::Answer, setting};

/// What a connection received.
pub enum Received<'a> {
    /// The response, the time since its request, and its bytes.
    Answer(Answer<'a>, Duration, &'a [u8]),
    /// The shop closed the connection. It is opened again; its request stays unanswered.
    HungUp,
}

/// All connections.
pub struct Connections {
    shop: SocketAddr,
    poll: Poll,
    events: Events,
    lines: Vec<Connection>,
    scratch: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    unsent: Vec<u8>,
    /// An incomplete response.
    inbox: Vec<u8>,
    sent: Instant,
}

/// The token of another stream (Redis).
const OTHER: Token = Token(usize::MAX);

impl Connections {
    /// Opens the connections and sends a request on each, so that the shop has accepted all of them.
    pub fn connect(count: usize) -> Outcome<Self> {
        let shop = setting("SHOP")?.parse()?;
        let poll = Poll::new()?;
        let lines = (0..count).map(|at| Connection::connect(shop, at, poll.registry())).collect::<Outcome<_>>()?;
        let mut connections = Self { shop, poll, events: Events::with_capacity(1024), lines, scratch: vec![0; 65536] };
        let mut waiting = 0;
        for at in 0..count {
            connections.send(at, format!("GET /healthz HTTP/1.1\r\nhost: {shop}\r\n\r\n").as_bytes())?;
            waiting += 1;
            // No more at once than fit into the backlog of a server.
            while waiting >= 100 || (waiting > 0 && at + 1 == count) {
                connections.listen(RESPONSE_TIMEOUT, |_, heard| match heard {
                    Received::Answer(answer, ..) if answer.status == 200 => {
                        waiting -= 1;
                        Ok(())
                    }
                    _ => Err("the shop is not well".into()),
                })?;
            }
        }
        Ok(connections)
    }

    /// Polls another stream too.
    pub fn register(&self, stream: &mut TcpStream) -> Outcome<()> {
        Ok(self.poll.registry().register(stream, OTHER, Interest::READABLE | Interest::WRITABLE)?)
    }

    /// Sends a request; [`Connections::listen`] receives the response.
    pub fn send(&mut self, at: usize, request: &[u8]) -> Outcome<()> {
        let line = self.lines.get_mut(at).ok_or("no such line")?;
        line.sent = Instant::now();
        line.unsent.extend_from_slice(request);
        line.flush();
        Ok(())
    }

    /// Handles what has arrived, and waits if there is nothing yet. Returns whether the other stream has an event.
    pub fn listen(
        &mut self,
        timeout: Duration,
        mut hear: impl FnMut(usize, Received<'_>) -> Outcome<()>,
    ) -> Outcome<bool> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(problem) if problem.kind() == ErrorKind::Interrupted => return Ok(false),
            outcome => outcome?,
        }
        let mut elsewhere = false;
        for event in &self.events {
            if event.token() == OTHER {
                elsewhere = true;
                continue;
            }
            let at = event.token().0;
            let line = self.lines.get_mut(at).ok_or("no such line")?;
            if event.is_writable() && !line.unsent.is_empty() {
                line.flush();
            }
            if event.is_readable() && !line.read(&mut self.scratch, |heard| hear(at, heard))? {
                *line = Connection::connect(self.shop, at, self.poll.registry())?;
                hear(at, Received::HungUp)?;
            }
        }
        Ok(elsewhere)
    }
}

/// Longer than the shop's request timeout.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

impl Connection {
    fn connect(shop: SocketAddr, at: usize, registry: &Registry) -> Outcome<Self> {
        // Blocks while connecting, and is nonblocking afterwards.
        let stream = std::net::TcpStream::connect(shop)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        registry.register(&mut stream, Token(at), Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { stream, unsent: Vec::new(), inbox: Vec::new(), sent: Instant::now() })
    }

    /// What cannot be sent now is sent later; a closed connection is noticed when reading.
    fn flush(&mut self) {
        if let Ok(sent) = self.stream.write(&self.unsent) {
            self.unsent.drain(..sent);
        }
    }

    /// False if the shop has closed the connection.
    fn read(&mut self, scratch: &mut [u8], mut hear: impl FnMut(Received<'_>) -> Outcome<()>) -> Outcome<bool> {
        loop {
            let count = match self.stream.read(scratch) {
                Ok(0) => return Ok(false),
                Ok(count) => count,
                Err(problem) => return Ok(problem.kind() == ErrorKind::WouldBlock),
            };
            let after = self.sent.elapsed();
            let come = scratch.get(..count).unwrap_or_default();
            if self.inbox.is_empty() {
                match Answer::read(come)? {
                    Some(answer) => hear(Received::Answer(answer, after, come))?,
                    None => self.inbox.extend_from_slice(come),
                }
            } else {
                self.inbox.extend_from_slice(come);
                if let Some(answer) = Answer::read(&self.inbox)? {
                    hear(Received::Answer(answer, after, &self.inbox))?;
                    self.inbox.clear();
                }
            }
            // A short read means that nothing is left; more data causes another event.
            if count < scratch.len() {
                return Ok(true);
            }
        }
    }
}
