//! A real browser: Chromium without a window, driven by chromedriver.

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, key::Key};
use hyper_util::client::legacy::connect::HttpConnector;
use std::{
    env, fs,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use till::platform::random;

use super::until;

/// How long a test waits for something to appear, on a busy machine.
const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

pub struct Chromium {
    client: Client,
    base: String,
    /// Dropped last: it ends the browser.
    driver: Driver,
}

/// The place of an element on the screen, in CSS pixels.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub struct Place {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Place {
    pub fn height(self) -> f64 {
        self.bottom - self.top
    }
}

/// The chromedriver process, its port, and the folder that the browser writes to.
struct Driver {
    process: Child,
    port: u16,
    profile: PathBuf,
    session: Option<String>,
}

impl Chromium {
    /// Starts the browser without a page, with JavaScript or without.
    pub async fn open(base: &str, javascript: bool) -> Self {
        let mut driver = Driver::start();
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-dev-shm-usage".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--lang=en".into(),
            // An element that is still moving cannot be clicked.
            "--force-prefers-reduced-motion".into(),
            "--window-size=1280,1000".into(),
            format!("--user-data-dir={}", driver.profile.display()),
        ];
        let downloads = driver.profile.join("downloads");
        let mut options =
            serde_json::json!({ "args": arguments, "prefs": { "download.default_directory": downloads } });
        if !javascript {
            options["prefs"]["profile.managed_default_content_settings.javascript"] = 2.into();
        }
        if let Some(program) = env::var_os("CHROME") {
            options["binary"] = program.to_str().unwrap().into();
        }
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".into(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .expect("chromium starts: sudo apt-get install chromium chromium-driver");
        driver.session = client.session_id().await.unwrap();
        Self { client, base: base.to_owned(), driver }
    }

    pub async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap();
    }

    /// Emulates the screen of a phone of this width. WebDriver can only resize windows, which have a larger minimum
    /// width.
    pub async fn turns_into_phone(&self, width: u32) {
        self.turns_into_screen(width, 800).await;
    }

    /// The same with a height.
    pub async fn turns_into_screen(&self, width: u32, height: u32) {
        let metrics = serde_json::json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true });
        let command = serde_json::json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics });
        let session = self.driver.session.as_ref().unwrap();
        let address = format!("http://127.0.0.1:{}/session/{session}/goog/cdp/execute", self.driver.port);
        let asked = reqwest::Client::new().post(address).body(command.to_string());
        asked.send().await.unwrap().error_for_status().unwrap();
    }

    /// The width of the page, including what overflows.
    pub async fn page_width(&self) -> u64 {
        let width = self.client.execute("return document.documentElement.scrollWidth", Vec::new()).await.unwrap();
        width.as_u64().unwrap()
    }

    /// The place of the first matching element on the screen, once it exists.
    pub async fn place(&self, selector: &str) -> Place {
        self.find(selector).await;
        let places = self.places(selector).await;
        *places.first().unwrap_or_else(|| panic!("{selector} is gone"))
    }

    /// The places of all matching elements that are visible.
    pub async fn places(&self, selector: &str) -> Vec<Place> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((element) => {
            const { left, top, right, bottom } = element.getBoundingClientRect();
            return { left, top, right, bottom };
        }).filter(({ left, right }) => right > left)";
        let found = self.client.execute(script, vec![selector.into()]).await.unwrap();
        serde_json::from_value(found).unwrap()
    }

    /// Waits until the element has this text for screen readers, whether or not it is visible.
    pub async fn hears(&self, selector: &str, words: &str) {
        let script = "return document.querySelector(arguments[0])?.textContent.trim()";
        let mut last = None;
        for _ in 0..WAIT_TIMEOUT.as_millis() / 50 {
            let said = self.client.execute(script, vec![selector.into()]).await.unwrap();
            last = said.as_str().map(str::to_owned);
            if last.as_deref() == Some(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{selector} does not say {words:?} but {last:?}");
    }

    /// Runs a script in the page.
    pub async fn runs(&self, script: &str) {
        self.client.execute(script, Vec::new()).await.unwrap();
    }

    /// Scrolls the page down to this position, or to its end.
    pub async fn scrolls_to(&self, top: u32) {
        self.client.execute("window.scrollTo(0, arguments[0])", vec![top.into()]).await.unwrap();
    }

    /// Presses a key where the focus is.
    pub async fn presses(&self, key: Key) {
        self.client.active_element().await.unwrap().send_keys(&key.to_string()).await.unwrap();
    }

    /// Whether the matching element has the focus.
    pub async fn is_focused(&self, selector: &str) -> bool {
        let script = "return document.activeElement.matches(arguments[0])";
        self.client.execute(script, vec![selector.into()]).await.unwrap().as_bool().unwrap()
    }

    /// The path of the current page.
    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// The first matching element, once it exists.
    pub async fn find(&self, selector: &str) -> Element {
        let found = self.client.wait().at_most(WAIT_TIMEOUT).for_element(Locator::Css(selector)).await;
        match found {
            Ok(element) => element,
            Err(problem) => panic!("no {selector} ({problem}) on {}: {}", self.path().await, self.words().await),
        }
    }

    pub async fn has(&self, selector: &str) -> bool {
        !self.client.find_all(Locator::Css(selector)).await.unwrap().is_empty()
    }

    pub async fn click(&self, selector: &str) {
        for _ in 0..WAIT_TIMEOUT.as_millis() / 50 {
            match self.find(selector).await.click().await {
                Ok(()) => return,
                // The page has changed since the element was found, and nothing was clicked.
                Err(problem) if problem.is_stale_element_reference() => {}
                Err(problem) => panic!("{selector}: {problem}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{selector} is gone each time before it is clicked, on {}", self.path().await);
    }

    /// Replaces the value of a field.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        // With keys, as a person does it, so that scripts receive the events.
        field.send_keys(&format!("{}a{}{}", Key::Control, Key::Null, Key::Delete)).await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses a file in a form's field.
    pub async fn choose_file(&self, selector: &str, path: &Path) {
        self.find(selector).await.send_keys(path.to_str().unwrap()).await.unwrap();
    }

    /// The path of a download, once it is complete.
    pub async fn downloaded(&self, name: &str) -> PathBuf {
        let path = self.driver.profile.join("downloads").join(name);
        // The browser first reserves the name with an empty file.
        until("the file is there", || fs::metadata(&path).is_ok_and(|file| file.len() > 0)).await;
        path
    }

    pub async fn text(&self, selector: &str) -> String {
        self.find(selector).await.text().await.unwrap()
    }

    /// The texts of all matching elements.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.client.find_all(Locator::Css(selector)).await.unwrap() {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    /// Waits until the picture is loaded and can be shown.
    pub async fn loads(&self, selector: &str) {
        let script = "return document.querySelector(arguments[0])?.naturalWidth > 0";
        for _ in 0..WAIT_TIMEOUT.as_millis() / 50 {
            if self.client.execute(script, vec![selector.into()]).await.unwrap().as_bool() == Some(true) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{selector} does not load on {}", self.path().await);
    }

    /// Waits until the element has this text.
    pub async fn sees(&self, selector: &str, words: &str) {
        let mut last = String::new();
        for _ in 0..WAIT_TIMEOUT.as_millis() / 50 {
            // The element may disappear while it is read, if the page changes.
            if let Ok(element) = self.client.find(Locator::Css(selector)).await
                && let Ok(text) = element.text().await
            {
                last = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if last.contains(words) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{selector} does not say {words:?} but {last:?} on {}: {}", self.path().await, self.words().await);
    }

    async fn words(&self) -> String {
        match self.client.find(Locator::Css("main")).await {
            Ok(main) => main.text().await.unwrap_or_default(),
            Err(problem) => problem.to_string(),
        }
    }
}

impl Driver {
    fn start() -> Self {
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let started = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = match started {
            Ok(process) => process,
            Err(problem) if problem.kind() == ErrorKind::NotFound => {
                panic!("the browser tests need chromedriver: sudo apt-get install chromium chromium-driver")
            }
            Err(problem) => panic!("chromedriver does not start: {problem}"),
        };
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        // The output must be read, or the process would block when the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        let profile = env::temp_dir().join(format!("till_t_{}", &random::token()[..10]));
        fs::create_dir(&profile).unwrap();
        Self { process, port: port.expect("chromedriver says its port"), profile, session: None }
    }

    /// Asks the driver to close the browser. Without the client, so that it is also done after a panic.
    fn close_browser(&self, session: &str) -> std::io::Result<()> {
        let mut driver = TcpStream::connect(("127.0.0.1", self.port))?;
        driver.set_read_timeout(Some(Duration::from_secs(10)))?;
        let host = format!("127.0.0.1:{}", self.port);
        write!(driver, "DELETE /session/{session} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        driver.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(session) = &self.session {
            let _ = self.close_browser(session);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}
