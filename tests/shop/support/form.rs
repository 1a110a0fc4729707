//! A form of a page, filled in as a browser would send it.

use scraper::{ElementRef, Html, Selector};

use super::Answer;

/// The action and the fields of a form.
#[derive(Clone, Debug)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The form that matches `selector`, with the initial values of its fields: also of fields elsewhere on the page
    /// that name it by `form`, and of boxes and buttons that are checked.
    #[track_caller]
    pub fn of(answer: &Answer, selector: &str) -> Self {
        let html = answer.html();
        let form = html.select(&Selector::parse(selector).unwrap()).next();
        let form = form.unwrap_or_else(|| panic!("no form {selector} in {answer}"));
        let inside = form.select(&CONTROLS).filter(|control| control.attr("form").is_none());
        let elsewhere = form.attr("id").map(|id| named(&html, id)).unwrap_or_default();
        let fields = inside.chain(elsewhere).filter_map(said).collect();
        Self { action: form.attr("action").unwrap_or_default().to_owned(), fields }
    }
}

impl Form {
    /// The form with another value in an existing field.
    #[track_caller]
    pub fn typed(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(field, _)| field == name);
        let field = field.unwrap_or_else(|| panic!("no field {name}"));
        value.clone_into(&mut field.1);
        self
    }

    /// The fields as a browser sends them.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

static CONTROLS: std::sync::LazyLock<Selector> =
    std::sync::LazyLock::new(|| Selector::parse("input[name], textarea[name], select[name]").unwrap());

fn named<'a>(html: &'a Html, form: &str) -> Vec<ElementRef<'a>> {
    html.select(&CONTROLS).filter(|control| control.attr("form") == Some(form)).collect()
}

fn said(control: ElementRef<'_>) -> Option<(String, String)> {
    let name = control.attr("name")?.to_owned();
    let value = match control.value().name() {
        "textarea" => control.text().collect(),
        "select" => {
            let options = Selector::parse("option").unwrap();
            let mut options = control.select(&options);
            let first = options.clone().next();
            options.find(|option| option.attr("selected").is_some()).or(first)?.attr("value")?.to_owned()
        }
        _ if control.attr("disabled").is_some() => return None,
        _ => match control.attr("type").unwrap_or("text") {
            "checkbox" | "radio" if control.attr("checked").is_none() => return None,
            "submit" | "button" | "reset" => return None,
            _ => control.attr("value").unwrap_or_default().to_owned(),
        },
    };
    Some((name, value))
}
