//! `till staff`: manages the accounts of staff.

use clap::{Args, Subcommand};
use diesel::{PgConnection, QueryResult};
use serde_json::json;
use std::{
    io::{self, BufRead, IsTerminal},
    process::ExitCode,
};

use super::CommandResult;
use crate::{
    accounts::{self, NameTaken, NewUser, ParseUsernameError, Role, User, Username, WeakPassword},
    audit::{AuditAction, record_by_operator},
    kernel::Email,
    platform::{db, random, telemetry},
    web::{SecurityEvent, Subject},
};

/// The commands for staff accounts.
#[derive(Subcommand)]
pub(super) enum StaffCommand {
    /// Create an account for a member of staff
    Add(AddStaff),
    /// Close the account of a member of staff; ends all their sessions
    Disable {
        /// The username or email address of the account
        username: String,
    },
    /// Reopen the account of a member of staff
    Enable {
        /// The username or email address of the account
        username: String,
    },
    /// Set a new password for a member of staff; ends all their sessions
    ResetPassword {
        /// The username or email address of the account
        username: String,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Remove the second factor of a member of staff who has lost it; ends all their sessions
    ResetTwoFactor {
        /// The username or email address of the account
        username: String,
    },
    /// List the accounts of staff
    List,
}

#[derive(Args)]
pub(super) struct AddStaff {
    /// Username: 3 to 32 letters, digits, - _ or . (at least 2 with a Chinese character)
    #[arg(long)]
    username: String,
    /// Email address, which can also be used to sign in
    #[arg(long)]
    email: String,
    /// Create an admin, who also manages staff
    #[arg(long)]
    admin: bool,
    #[command(flatten)]
    password: PasswordSource,
}

/// How the command gets the password: not as an argument, because other users of the machine could read that.
#[derive(Args)]
pub(super) struct PasswordSource {
    /// Read the password from standard input (one line); without this, a random one is printed
    #[arg(long)]
    password_stdin: bool,
}

pub(super) fn staff(what: StaffCommand) -> CommandResult {
    // Only the security log and warnings, unless `LOG` is set.
    let filter = super::environment("LOG").unwrap_or_else(|| "warn".to_owned());
    let json = super::environment("LOG_FORMAT").is_some_and(|format| format == "json");
    telemetry::start(&filter, json).map_err(|problem| format!("LOG: {problem}"))?;
    let conn = &mut super::connect(&super::database_url()?)?;
    match what {
        StaffCommand::Add(who) => add(conn, &who)?,
        StaffCommand::Disable { username } => disable(conn, &username)?,
        StaffCommand::Enable { username } => enable(conn, &username)?,
        StaffCommand::ResetPassword { username, password } => reset_password(conn, &username, &password)?,
        StaffCommand::ResetTwoFactor { username } => reset_two_factor(conn, &username)?,
        StaffCommand::List => list(conn)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn add(conn: &mut PgConnection, who: &AddStaff) -> Result<(), String> {
    let username: Username = who.username.parse().map_err(|why| format!("--username: {}", username_error(why)))?;
    let email: Email = who.email.parse().map_err(|_| format!("--email: \"{}\" is not an email address", who.email))?;
    let (password, drawn) = who.password.password(username.as_str(), email.as_str())?;
    let role = if who.admin { Role::Admin } else { Role::Staff };
    let new = NewUser { username, email, password_hash: hash(&password)?, role };
    let added = db::transaction(conn, |conn| {
        let added = accounts::create_user(conn, &new)?;
        if added.is_ok() {
            let after = json!({"role": role.code(), "email": new.email.as_str()});
            record_by_operator(conn, AuditAction::AddStaff, new.username.as_str(), None, Some(after))?;
        }
        Ok(added)
    });
    match added.map_err(error_text)? {
        Ok(id) => {
            SecurityEvent::StaffAdded.record_command(Subject::User(id), role.code());
            println!("{} is a member of staff now ({}).", new.username, role.code());
        }
        Err(NameTaken::Username) => return Err(format!("--username: {} is taken", new.username)),
        Err(NameTaken::Email) => return Err(format!("--email: there is an account with {} already", new.email)),
    }
    print_drawn(drawn.then_some(&password));
    Ok(())
}

fn disable(conn: &mut PgConnection, name: &str) -> Result<(), String> {
    let person = find(conn, name)?;
    let closed = db::transaction(conn, |conn| {
        let closed = accounts::disable_user(conn, person.id)?;
        if closed {
            record_closing(conn, AuditAction::DisableStaff, &person, true)?;
        }
        Ok(closed)
    });
    if closed.map_err(error_text)? {
        SecurityEvent::AccountClosed.record_command(Subject::User(person.id), person.role().code());
        println!("The account of {} is closed.", person.username);
    } else {
        println!("The account of {} was closed already.", person.username);
    }
    Ok(())
}

fn enable(conn: &mut PgConnection, name: &str) -> Result<(), String> {
    let person = find(conn, name)?;
    let opened = db::transaction(conn, |conn| {
        let opened = accounts::enable_user(conn, person.id)?;
        if opened {
            record_closing(conn, AuditAction::EnableStaff, &person, false)?;
        }
        Ok(opened)
    });
    if opened.map_err(error_text)? {
        SecurityEvent::AccountReopened.record_command(Subject::User(person.id), person.role().code());
        println!("The account of {} is open again.", person.username);
    } else {
        println!("The account of {} was open already.", person.username);
    }
    Ok(())
}

fn record_closing(conn: &mut PgConnection, action: AuditAction, person: &User, closed: bool) -> QueryResult<()> {
    let (before, after) = (json!({"closed": !closed}), json!({"closed": closed}));
    record_by_operator(conn, action, &person.username, Some(before), Some(after))
}

fn reset_password(conn: &mut PgConnection, name: &str, source: &PasswordSource) -> Result<(), String> {
    let person = find(conn, name)?;
    let (password, drawn) = source.password(&person.username, &person.email)?;
    let hash = hash(&password)?;
    let changed = db::transaction(conn, |conn| {
        let changed = accounts::set_password(conn, &person, &hash)?;
        if changed.is_some() {
            record_by_operator(conn, AuditAction::ResetPassword, &person.username, None, None)?;
        }
        Ok(changed)
    });
    changed.map_err(error_text)?.ok_or_else(|| {
        format!("the password of {} has just been changed by somebody else; please try again", person.username)
    })?;
    SecurityEvent::PasswordReset.record_command(Subject::User(person.id), person.role().code());
    println!("{} has another password and is signed out everywhere.", person.username);
    print_drawn(drawn.then_some(&password));
    Ok(())
}

fn reset_two_factor(conn: &mut PgConnection, name: &str) -> Result<(), String> {
    let person = find(conn, name)?;
    let reset = db::transaction(conn, |conn| {
        let reset = accounts::remove_second_factor(conn, person.id)?.is_some();
        if reset {
            record_by_operator(conn, AuditAction::ResetTwoFactor, &person.username, None, None)?;
        }
        Ok(reset)
    });
    if reset.map_err(error_text)? {
        SecurityEvent::SecondFactorReset.record_command(Subject::User(person.id), person.role().code());
        println!("{} signs in with the password alone now, and is signed out everywhere.", person.username);
    } else {
        println!("{} has no second factor.", person.username);
    }
    Ok(())
}

fn list(conn: &mut PgConnection) -> Result<(), String> {
    let people = accounts::staff_users(conn).map_err(error_text)?;
    if people.is_empty() {
        println!("There are no staff accounts yet: `till staff add` creates one.");
    }
    for person in people {
        let closed = if person.disabled_at.is_some() { "  closed" } else { "" };
        println!("{:<32}  {:<5}  {}{closed}", person.username, person.role().code(), person.email);
    }
    Ok(())
}

fn find(conn: &mut PgConnection, name: &str) -> Result<User, String> {
    let found = accounts::staff_user_by_login(conn, name.trim()).map_err(error_text)?;
    found.ok_or_else(|| format!("no member of staff is called {name}; `till staff list` shows who is"))
}

impl PasswordSource {
    /// Returns (password, whether it was generated and must be printed).
    fn password(&self, username: &str, email: &str) -> Result<(String, bool), String> {
        if !self.password_stdin {
            return Ok((random::token(), true));
        }
        if io::stdin().is_terminal() {
            eprint!("Password: ");
        }
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(|error| format!("standard input: {error}"))?;
        let password = line.trim_end_matches(['\r', '\n']);
        accounts::check_password(password, username, email).map_err(|why| format!("the password: {}", weak(why)))?;
        Ok((password.to_owned(), false))
    }
}

fn print_drawn(password: Option<&String>) {
    if let Some(password) = password {
        println!("Password: {password}");
        println!("It is not shown again.");
    }
}

fn hash(password: &str) -> Result<String, String> {
    accounts::hash_password(password).map_err(|error| format!("cannot hash a password: {error}"))
}

fn username_error(why: ParseUsernameError) -> &'static str {
    match why {
        ParseUsernameError::OddCharacters => "only letters, digits, - _ . and Chinese characters",
        ParseUsernameError::TooShort => "at least 3 characters, or 2 with a Chinese one",
        ParseUsernameError::TooLong => "at most 32 characters",
    }
}

fn weak(why: WeakPassword) -> &'static str {
    match why {
        WeakPassword::TooShort => "at least 8 characters",
        WeakPassword::TooLong => "at most 128 characters",
        WeakPassword::OddCharacters => "no control characters",
        WeakPassword::Common => "not one of those that most people use, which are guessed first",
        WeakPassword::SameAsName => "not the username or the email address",
    }
}

fn error_text(error: diesel::result::Error) -> String {
    format!("the database: {error}")
}
