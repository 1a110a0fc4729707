//! The routes, and the server.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data, Path, PayloadConfig, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

use crate::config::Config;
use crate::faults::Fault;
use crate::gateway::{self, ClientSocket};
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::state::{self, State};
use crate::{control, delivery, html, overview, pay_page};

/// The maximum size of a request in bytes: enough to pay tens of thousands of trades at once.
const MAX_BODY_LEN: usize = 4 * 1024 * 1024;
/// The maximum value of the fault `large_bill`, in megabytes.
const MAX_LARGE_BILL: usize = 1024;

fn routes(service: &mut ServiceConfig) {
    service
        .route("/gateway.do", web::get().to(gateway::handle))
        .route("/gateway.do", web::post().to(gateway::handle))
        .route("/pay/{id}", web::get().to(pay_page::reopen))
        .route("/pay/{id}/{action}", web::post().to(pay_page::act))
        .route("/bill/{token}", web::get().to(download_bill))
        .route("/style.css", web::get().to(html::style))
        .route("/", web::get().to(overview::show))
        .route("/control", web::get().to(control::show))
        .route("/control", web::post().to(control::change))
        .route("/control/pay", web::post().to(control::pay));
}

async fn download_bill(http: HttpRequest, token: Path<String>, app: Data<state::App>) -> HttpResponse {
    if app.state.take_fault(Fault::Down, "bill").is_some() {
        return gateway::close_connection(&http);
    }
    if app.state.take_fault(Fault::Nonsense, "bill").is_some() {
        return HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/html")).body("<h1>502 Bad Gateway</h1>");
    }
    let megabytes =
        app.state.take_fault(Fault::LargeBill, "bill").and_then(|megabytes| megabytes.parse::<usize>().ok());
    if let Some(megabytes) = megabytes.filter(|megabytes| *megabytes <= MAX_LARGE_BILL) {
        return HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/zip")).body(vec![0; megabytes << 20]);
    }
    match app.state.bill_links().get(&token, Instant::now()) {
        Some(archive) => HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/zip")).body(archive.to_vec()),
        None => HttpResponse::Forbidden().body("The link is no longer valid."),
    }
}

fn open_ledger(journal_file: Option<&str>) -> io::Result<Ledger> {
    let Some(path) = journal_file else { return Ok(Ledger::default()) };
    let opened = Journal::open(path);
    let (journal, trades) =
        opened.map_err(|problem| io::Error::new(problem.kind(), format!("CASHIER_JOURNAL_FILE {path}: {problem}")))?;
    Ok(Ledger::with_journal(journal, trades))
}

/// Runs the server until the process is asked to stop. Prints the URL once connections are accepted.
pub fn run(config: Config) -> io::Result<()> {
    let address = config.address;
    let ledger = open_ledger(config.journal_file.as_deref())?;
    let state = Arc::new(State::new(config, ledger));
    let deliveries = delivery::start(Arc::clone(&state))?;
    let app = Data::new(state::App { state, deliveries });
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new().app_data(app.clone()).app_data(PayloadConfig::new(MAX_BODY_LEN)).configure(routes)
        })
        .on_connect(|connection, data| {
            let stream = connection.downcast_ref::<actix_web::rt::net::TcpStream>();
            let socket = stream.and_then(|stream| stream.as_fd().try_clone_to_owned().ok());
            if let Some(socket) = socket {
                data.insert(ClientSocket(socket.into()));
            }
        })
        .workers(2)
        .shutdown_timeout(1)
        .bind(address)
        .map_err(|problem| io::Error::new(problem.kind(), format!("CASHIER_ADDRESS {address}: {problem}")))?;
        for address in server.addrs() {
            writeln!(io::stdout(), "The cashier for trial payments listens on http://{address}")?;
        }
        io::stdout().flush()?;
        server.run().await
    })
}
