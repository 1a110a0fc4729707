//! An SMTP server on a real connection, which can fail in several ways.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// How it handles mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpBehavior {
    Takes,
    /// Refuses every recipient.
    RefusesReceivers,
    /// Reads the text and refuses it.
    RefusesTexts,
    /// Reads the text and closes the connection without a response.
    HangsUp,
    /// Refuses the password.
    RefusesPasswords,
}

/// A received mail.
#[derive(Clone, Debug)]
pub struct ReceivedEmail {
    pub from: String,
    pub to: Vec<String>,
    /// Head and body.
    pub text: String,
}

pub struct SmtpServer {
    port: u16,
    behavior: Arc<Mutex<SmtpBehavior>>,
    received: Arc<Mutex<Vec<ReceivedEmail>>>,
}

impl SmtpServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            behavior: Arc::new(Mutex::new(SmtpBehavior::Takes)),
            received: Arc::default(),
        };
        let (behavior, received) = (server.behavior.clone(), server.received.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (behavior, received) = (behavior.clone(), received.clone());
                // A client that hangs up is not an error.
                thread::spawn(move || serve_client(stream.unwrap(), &behavior, &received));
            }
        });
        server
    }

    /// Its `SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://till:pass%40word@127.0.0.1:{}", self.port)
    }

    pub fn behaves(&self, behavior: SmtpBehavior) {
        *self.behavior.lock().unwrap() = behavior;
    }

    /// All mails that it has received completely.
    pub fn received(&self) -> Vec<ReceivedEmail> {
        self.received.lock().unwrap().clone()
    }
}

fn serve_client(
    stream: TcpStream,
    behavior: &Mutex<SmtpBehavior>,
    received: &Mutex<Vec<ReceivedEmail>>,
) -> std::io::Result<()> {
    let mut answers = stream.try_clone()?;
    let mut lines = BufReader::new(stream).lines();
    let mut say = |words: &str| answers.write_all(format!("{words}\r\n").as_bytes());
    let (mut from, mut to) = (String::new(), Vec::new());
    say("220 test ESMTP")?;
    while let Some(line) = lines.next() {
        let line = line?;
        let behavior = *behavior.lock().unwrap();
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => say("250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN")?,
            "AUTH" if behavior == SmtpBehavior::RefusesPasswords => say("535 5.7.8 no")?,
            // \0till\0pass@word
            "AUTH" if rest == "PLAIN AHRpbGwAcGFzc0B3b3Jk" => say("235 welcome")?,
            "MAIL" => {
                rest.clone_into(&mut from);
                say("250 ok")?;
            }
            "RCPT" if behavior == SmtpBehavior::RefusesReceivers => say("550 nobody here")?,
            "RCPT" => {
                to.push(rest.to_owned());
                say("250 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                let mut text = String::new();
                loop {
                    // A mail without its end is not received.
                    let Some(line) = lines.next() else { return Ok(()) };
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push_str("\r\n");
                }
                if behavior == SmtpBehavior::RefusesTexts {
                    say("451 not now")?;
                    continue;
                }
                let mail = ReceivedEmail { from: std::mem::take(&mut from), to: std::mem::take(&mut to), text };
                received.lock().unwrap().push(mail);
                if behavior == SmtpBehavior::HangsUp {
                    return Ok(());
                }
                say("250 taken")?;
            }
            "QUIT" => {
                say("221 bye")?;
                return Ok(());
            }
            _ => say("502 what")?,
        }
    }
    Ok(())
}
