//! A cookie written by hand: a new one, or one that is there with other attributes.

use egui::{RichText, TextEdit, Ui};

use crate::{
    app::{
        theme::{Theme, mono},
        widgets,
    },
    proto::http::cookies::{Cookie, SameSite, UnixMicros, cookies_txt},
};

/// The form.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "attributes that do not depend on each other")]
pub(super) struct CookieForm {
    name: String,
    value: String,
    domain: String,
    path: String,
    host_only: bool,
    secure: bool,
    http_only: bool,
    same_site: SameSite,
    /// Days it is kept; `None`: until the session ends.
    days: Option<f64>,
    /// The one that is edited.
    before: Option<Cookie>,
}

/// What the student did with it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FormAction {
    /// Put this in, and take the other out, where it is another one.
    Save(Box<Cookie>, Option<Box<Cookie>>),
    Cancel,
}

impl CookieForm {
    /// A new cookie for a host.
    pub(super) fn new(domain: &str) -> Self {
        Self {
            name: String::new(),
            value: String::new(),
            domain: domain.to_owned(),
            path: "/".to_owned(),
            host_only: true,
            secure: false,
            http_only: false,
            same_site: SameSite::Default,
            days: None,
            before: None,
        }
    }

    /// One that is there.
    pub(super) fn of(cookie: &Cookie, now: UnixMicros) -> Self {
        let days = |at: UnixMicros| (at.0.saturating_sub(now.0) / 1_000_000) as f64 / DAY;
        Self {
            name: cookie.name.to_string(),
            value: cookie.value.to_string(),
            domain: cookie.domain.clone(),
            path: cookie.path.to_string(),
            host_only: cookie.host_only,
            secure: cookie.secure,
            http_only: cookie.http_only,
            same_site: cookie.same_site,
            days: cookie.expires.map(days),
            before: Some(cookie.clone()),
        }
    }

    /// Paints it.
    pub(super) fn ui(&mut self, ui: &mut Ui, now: UnixMicros) -> Option<FormAction> {
        widgets::heading(ui, if self.before.is_some() { "Edit this cookie" } else { "A cookie by hand" });
        for (label, text) in [
            ("Name", &mut self.name),
            ("Value", &mut self.value),
            ("Domain", &mut self.domain),
            ("Path", &mut self.path),
        ] {
            widgets::muted(ui, label);
            let response = ui.add(TextEdit::singleline(text).desired_width(f32::INFINITY).font(mono()));
            widgets::named(ui, response, label);
        }
        ui.add_space(4.0);
        widgets::check(ui, &mut self.host_only, "host-only: not for hosts below it");
        widgets::check(ui, &mut self.secure, "Secure");
        widgets::check(ui, &mut self.http_only, "HttpOnly");
        let same_sites = [
            (SameSite::Default, "default"),
            (SameSite::None, "None"),
            (SameSite::Lax, "Lax"),
            (SameSite::Strict, "Strict"),
        ];
        widgets::segmented(ui, "SameSite", &mut self.same_site, &same_sites);
        let mut session = self.days.is_none();
        if widgets::check(ui, &mut session, "it goes when the session ends").changed() {
            self.days = if session { None } else { Some(30.0) };
        }
        if let Some(days) = &mut self.days {
            let quantity = widgets::Quantity {
                whole: false,
                write: &|days| format!("{days:.2} d"),
                read: &|text| text.trim().trim_end_matches('d').trim().parse().ok(),
                ..widgets::Quantity::count("How many days it is kept; at most 400. RFC 6265bis §5.5.", 0.0..=400.0)
            };
            widgets::typed_row(ui, "kept for", days, &quantity);
        }
        ui.add_space(6.0);
        let made = self.cookie(now);
        if let Err(flaw) = &made {
            ui.label(RichText::new(flaw).color(Theme::of(ui).bad));
        }
        ui.horizontal(|ui| {
            let save =
                ui.add_enabled_ui(made.is_ok(), |ui| widgets::primary_button(ui, "Put into the jar", Some(150.0)));
            let saved = save.inner.clicked();
            if ui.button("Cancel").clicked() {
                return Some(FormAction::Cancel);
            }
            let cookie = made.ok().filter(|_| saved)?;
            Some(FormAction::Save(Box::new(cookie), self.before.clone().map(Box::new)))
        })
        .inner
    }

    /// The cookie, or what is wrong with it.
    fn cookie(&self, now: UnixMicros) -> Result<Cookie, String> {
        let before = self.before.as_ref();
        // Octets that are no text stay as they are while nobody types others.
        let kept = |typed: &str, was: Option<&crate::proto::http::cookies::CookieText>| {
            was.filter(|was| was.to_string() == typed).cloned().unwrap_or_else(|| typed.into())
        };
        if self.name.is_empty() && self.value.is_empty() {
            return Err("A cookie has a name or a value.".to_owned());
        }
        let cookie = Cookie {
            name: kept(&self.name, before.map(|before| &before.name)),
            value: kept(&self.value, before.map(|before| &before.value)),
            domain: self.domain.trim().trim_start_matches('.').to_ascii_lowercase(),
            host_only: self.host_only,
            path: kept(self.path.trim(), before.map(|before| &before.path)),
            expires: self.days.map(|days| now.plus_secs(crate::app::dials::whole(days * DAY).cast_signed())),
            created: before.map_or(now, |before| before.created),
            accessed: now,
            number: before.map_or(0, |before| before.number),
            secure: self.secure,
            http_only: self.http_only,
            same_site: self.same_site,
            partition: before.and_then(|before| before.partition.clone()),
        };
        cookies_txt::check(&cookie).map_err(|flaw| format!("This cannot be kept: {flaw}."))?;
        Ok(cookie)
    }
}

const DAY: f64 = 86_400.0;
