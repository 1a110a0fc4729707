//! Signs shoppers in over HTTP.

use std::io::stdin;

use crate::{
    Outcome,
    connections::{Connections, RESPONSE_TIMEOUT, Received},
    setting,
};

/// As many at once as the shop checks passwords concurrently.
const AT_ONCE: usize = 4;

pub fn sign_in() -> Outcome<()> {
    let shop = setting("SHOP")?;
    let mut connections = Connections::connect(AT_ONCE)?;
    let mut free: Vec<usize> = (0..AT_ONCE).collect();
    // The shopper on each line.
    let mut people = vec![String::new(); AT_ONCE];
    let mut lines = stdin().lines();
    loop {
        while let Some(at) = free.pop() {
            let Some(line) = lines.next() else {
                free.push(at);
                break;
            };
            let line = line?;
            let [user, address, name, password] = *line.split_whitespace().collect::<Vec<_>>() else {
                return Err(format!("not a user: {line}").into());
            };
            let form = format!("username={name}&password={password}&next=/");
            let request = format!(
                "POST /sign-in HTTP/1.1\r\nhost: {shop}\r\nsec-fetch-site: same-origin\r\n\
                 content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
                form.len(),
            );
            *people.get_mut(at).ok_or("nobody")? = format!("{user}\t{address}");
            connections.send(at, request.as_bytes())?;
        }
        if free.len() == AT_ONCE {
            return Ok(());
        }
        connections.listen(RESPONSE_TIMEOUT, |at, heard| {
            let person = people.get(at).ok_or("nobody")?;
            match heard {
                Received::Answer(answer, ..) if answer.status == 303 && !answer.cookie.is_empty() => {
                    println!("{person}\t{}", std::str::from_utf8(answer.cookie)?);
                    free.push(at);
                    Ok(())
                }
                Received::Answer(answer, ..) => Err(format!("{person} cannot sign in: {}", answer.status).into()),
                Received::HungUp => Err(format!("{person}: the shop hung up").into()),
            }
        })?;
    }
}
