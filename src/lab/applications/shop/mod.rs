//! A shop that knows its customers again. The first request of a visitor gets a number and a row in the database; the number goes out as
//! a cookie and comes back with every later request. RFC 6265bis §1; Kurose and Ross, §2.2.4, whose customer 1678 this is.
//!
//! Without cookies every request is a first visit: the pages work, the row is another one each time.

mod accounts;
mod catalogue;
mod customers;
mod pages;

use serde_json::json;

use self::{
    accounts::{Account, LoginError},
    catalogue::{Catalogue, Item},
    customers::{CartLine, Recognition, Visit},
};
use super::{ApplicationContext, POST, READ, READ_AND_POST};
use crate::{
    lab::{
        application_file::ShopFile,
        origin::{
            OriginAction, OriginResponse,
            application::{Application, ApplicationRequest},
            credentials_refusal, redirected, refusal,
        },
        site_file::Protected,
        tables::ServerTables,
    },
    proto::http::form::FormFile,
    store::{Error, TablesMut},
};

/// The program of one shop.
#[derive(Debug)]
pub(super) struct Shop {
    /// The site it is on.
    site: String,
    settings: ShopFile,
    catalogue: Catalogue,
    /// Who may buy what it knows, and with which password.
    buyers: Vec<Protected>,
    tables: ServerTables,
}

/// What a path of the shop is.
#[derive(Clone, Copy, Debug)]
enum ShopPage<'a> {
    Front,
    Shelf(&'a str),
    Item(&'a Item),
    /// Where reviews of an item are sent to.
    Reviews(&'a Item),
    Cart,
    Login,
    Logout,
    Account,
    /// One customer's row, for those who buy such rows.
    CustomerRow(i64),
}

impl Shop {
    pub(super) fn new(settings: &ShopFile, context: &ApplicationContext<'_>) -> Self {
        let buyer = |user: &str, password: &str| Protected {
            path: PARTNERS.to_owned(),
            realm: "Customers".to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
        };
        Self {
            site: context.site.to_owned(),
            catalogue: Catalogue::new(&settings.items),
            buyers: settings.buyers.iter().map(|each| buyer(&each.user, &each.password)).collect(),
            settings: settings.clone(),
            tables: context.tables("The shop's database", customers::MIGRATIONS),
        }
    }

    fn page_at(&self, path: &str) -> Option<ShopPage<'_>> {
        let mut parts = path.trim_start_matches('/').split('/');
        let parts = (parts.next()?, parts.next(), parts.next(), parts.next());
        Some(match parts {
            ("", None, ..) => ShopPage::Front,
            ("cart", None, ..) => ShopPage::Cart,
            ("login", None, ..) => ShopPage::Login,
            ("logout", None, ..) => ShopPage::Logout,
            ("account", None, ..) => ShopPage::Account,
            ("partners", Some("customers"), Some(number), None) => ShopPage::CustomerRow(number.parse().ok()?),
            (subject, None, ..) => ShopPage::Shelf(self.catalogue.subject(subject)?),
            (subject, Some(number), None, _) => ShopPage::Item(self.catalogue.item_at(subject, number)?),
            (subject, Some(number), Some("reviews"), None) => {
                ShopPage::Reviews(self.catalogue.item_at(subject, number)?)
            }
            _ => return None,
        })
    }

    /// The page, made for a visitor who has been recognised.
    fn serve(
        &self,
        tables: &TablesMut<'_>,
        page: ShopPage<'_>,
        visit: &mut Visit,
        request: &ApplicationRequest<'_>,
    ) -> Result<OriginResponse, Error> {
        let now = request.now;
        match page {
            ShopPage::Front => {
                let recommended = customers::recommended(tables, visit.id, &self.catalogue)?;
                Ok(html(pages::front(self, visit, &recommended, &request.cookies)))
            }
            ShopPage::Shelf(subject) => Ok(html(pages::shelf(self, subject))),
            ShopPage::Item(item) => {
                customers::note_view(tables, visit.id, item.number, now)?;
                let shown = html(pages::item(self, item, &customers::reviews(tables, item.number)?));
                let viewed = format!("viewed={}; Max-Age={VIEWED_SECONDS}; Path=/", item.number);
                Ok(shown.with("Set-Cookie", viewed))
            }
            ShopPage::Reviews(item) => Self::review(tables, item, visit, request),
            ShopPage::Cart if request.is_post() => self.put_into_cart(tables, visit, request),
            ShopPage::Cart => {
                let lines = customers::cart(tables, visit.id)?;
                Ok(html(pages::cart(self, visit, &lines, request.cookies.value(CART_COOKIE))))
            }
            ShopPage::Login if request.is_post() => self.log_in(tables, visit, request),
            ShopPage::Login => Ok(html(pages::login(self, request.whole.secure))),
            ShopPage::Logout => {
                for name in accounts::COOKIES {
                    if let Some(token) = request.cookies.value(name) {
                        accounts::forget(tables, token)?;
                    }
                }
                let [plain, host] = accounts::COOKIES.map(accounts::end_of_cookie);
                Ok(redirected(303, "/").with("Set-Cookie", plain).with("Set-Cookie", host))
            }
            ShopPage::Account => match &visit.account {
                Some(account) => {
                    let lines = customers::cart(tables, visit.id)?;
                    Ok(html(pages::account(self, visit, account, &lines)))
                }
                None => Ok(redirected(303, "/login").because("the account is for those who are logged in", None)),
            },
            // It is answered before anybody is recognised.
            ShopPage::CustomerRow(_) => Ok(OriginResponse::empty(404)),
        }
    }

    fn put_into_cart(
        &self,
        tables: &TablesMut<'_>,
        visit: &Visit,
        request: &ApplicationRequest<'_>,
    ) -> Result<OriginResponse, Error> {
        let number = request.form.text("item").and_then(|number| self.catalogue.numbered(number));
        let quantity = request.form.text("quantity").unwrap_or("1").trim().parse::<u32>();
        let (Some(item), Ok(quantity @ ..=MAX_QUANTITY)) = (number, quantity) else {
            let sentence = format!("A cart takes an item of the shop, 0 to {MAX_QUANTITY} times.");
            return Ok(refusal(422, &sentence, Some(UNPROCESSABLE)));
        };
        customers::set_quantity(tables, visit.id, item.number, quantity)?;
        let lines = customers::cart(tables, visit.id)?;
        let why = format!("the cart of customer {} has another row, and the cookie cart says the same", visit.id);
        Ok(redirected(303, "/cart").with("Set-Cookie", cart_cookie(&lines)).because(why, None))
    }

    fn log_in(
        &self,
        tables: &TablesMut<'_>,
        visit: &Visit,
        request: &ApplicationRequest<'_>,
    ) -> Result<OriginResponse, Error> {
        let text = |name: &str| request.form.text(name).unwrap_or_default().trim();
        let (email, name, password) = (text("email"), text("name"), text("password"));
        match accounts::log_in(tables, &self.site, visit.id, [email, name, password], request.now)? {
            Ok((account, token)) => {
                customers::name_customer(tables, visit.id, &account.name, &account.email)?;
                let why =
                    format!("the password fits: the login is a row of its own, and customer {} has a name", visit.id);
                let cookie = accounts::cookie(&token, request.whole.secure);
                Ok(redirected(303, "/account").with("Set-Cookie", cookie).because(why, None))
            }
            Err(error @ LoginError::WrongPassword) => Ok(refusal(403, &format!("{error}."), Some("RFC 9110 §15.5.4"))),
            Err(error) => Ok(refusal(422, &format!("{error}."), Some(UNPROCESSABLE))),
        }
    }

    fn review(
        tables: &TablesMut<'_>,
        item: &Item,
        visit: &Visit,
        request: &ApplicationRequest<'_>,
    ) -> Result<OriginResponse, Error> {
        let text = request.form.text("text").unwrap_or_default().trim();
        let picture = request.form.file("picture");
        if text.is_empty() || text.len() > MAX_REVIEW {
            let sentence = format!("A review has 1 to {MAX_REVIEW} octets of text.");
            return Ok(refusal(422, &sentence, Some(UNPROCESSABLE)));
        }
        if let Some(long) = picture.filter(|picture| picture.content.len() > MAX_PICTURE) {
            let sentence =
                format!("A picture has at most {MAX_PICTURE} octets, and this one has {}.", long.content.len());
            return Ok(refusal(413, &sentence, Some("RFC 9110 §15.5.14")));
        }
        customers::add_review(tables, item.number, visit.id, text, picture, request.now)?;
        let why = picture.map_or_else(|| "the review is kept".to_owned(), picture_kept);
        Ok(redirected(303, &item.path()).because(why, None))
    }

    /// What the shop knows of a customer, sold to one of its buyers.
    fn sell(&self, number: i64, request: &ApplicationRequest<'_>) -> Result<OriginResponse, Error> {
        let fields = &request.whole.fields;
        let buyer = self.buyers.iter().find(|buyer| credentials_refusal(buyer, fields).is_none());
        let Some(buyer) = buyer else {
            let refused = self.buyers.first().and_then(|buyer| credentials_refusal(buyer, fields));
            return Ok(refused.unwrap_or_else(|| refusal(404, "This shop sells nothing about its customers.", None)));
        };
        let why = format!("{} buys the row of customer {number}.", buyer.user);
        self.tables.change(request.flow(), why, |tables| {
            let Some((name, email)) = customers::identity(tables, number)? else {
                return Ok(refusal(404, &format!("The shop knows no name of customer {number}."), None));
            };
            customers::note_sale(tables, number, &buyer.user, request.now)?;
            let text = json!({ "site": self.site, "customer": number, "name": name, "email": email }).to_string();
            let sold = OriginResponse::made(200, "application/json", text);
            Ok(sold.because(format!("the shop sells {} the row of customer {number}", buyer.user), None))
        })
    }
}

impl Application for Shop {
    fn methods(&self, path: &str) -> Option<&'static str> {
        Some(match self.page_at(path)? {
            ShopPage::Cart | ShopPage::Login => READ_AND_POST,
            ShopPage::Reviews(_) | ShopPage::Logout => POST,
            ShopPage::Front | ShopPage::Shelf(_) | ShopPage::Item(_) | ShopPage::Account | ShopPage::CustomerRow(_) => {
                READ
            }
        })
    }

    fn answer(&self, request: &ApplicationRequest<'_>) -> Result<OriginAction, Error> {
        let Some(page) = self.page_at(request.path) else { return Ok(OriginResponse::empty(404).into()) };
        if let ShopPage::CustomerRow(number) = page {
            return Ok(self.sell(number, request)?.into());
        }
        let first = i64::from(self.settings.first_customer);
        let known = request.cookies.value(ID_COOKIE);
        let why = match known {
            Some(id) => format!("{} came with the cookie {ID_COOKIE}={id}.", request.line()),
            None => format!("{} came without a cookie of the shop.", request.line()),
        };
        self.tables.change(request.flow(), why, |tables| {
            let mut visit = customers::recognise(tables, known, first, request.now)?;
            visit.account = Self::account(tables, request)?;
            let answer = self.serve(tables, page, &mut visit, request)?;
            let answer = match &visit.recognition {
                Recognition::Known { .. } => answer,
                Recognition::New | Recognition::NoSuchRow { .. } => {
                    answer.with("Set-Cookie", format!("{ID_COOKIE}={}; Max-Age={ID_SECONDS}; Path=/", visit.id))
                }
            };
            Ok(answer.because(visit.decision(), None).into())
        })
    }
}

impl Shop {
    /// Who is logged in, by either cookie of a login. One that was set over https is not sent over http.
    fn account(tables: &TablesMut<'_>, request: &ApplicationRequest<'_>) -> Result<Option<Account>, Error> {
        for name in accounts::COOKIES {
            if let Some(token) = request.cookies.value(name)
                && let Some(account) = accounts::logged_in(tables, token, request.now)?
            {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }
}

fn html(html: String) -> OriginResponse {
    OriginResponse::page(200, html)
}

/// The cart as the browser keeps it: `cart=42x1+43x2`, sent to the cart's own pages only.
fn cart_cookie(lines: &[CartLine]) -> String {
    if lines.is_empty() {
        return format!("{CART_COOKIE}=; Max-Age=0; Path=/cart");
    }
    let lines: Vec<String> = lines.iter().map(|line| format!("{}x{}", line.item, line.quantity)).collect();
    format!("{CART_COOKIE}={}; Path=/cart", lines.join("+"))
}

fn picture_kept(picture: &FormFile) -> String {
    format!("the review is kept; of its picture the name, the type and the size, {} octets", picture.content.len())
}

/// The cookie that says who asks.
const ID_COOKIE: &str = "id";
/// How long a browser is to keep it: 30 days.
const ID_SECONDS: u32 = 2_592_000;
/// The cookie that says what was looked at last.
const VIEWED_COOKIE: &str = "viewed";
/// How long that counts.
const VIEWED_SECONDS: u32 = 600;
/// The cookie that has the cart in it.
const CART_COOKIE: &str = "cart";
/// How often one item may lie in a cart.
const MAX_QUANTITY: u32 = 99;
/// Octets of a review.
const MAX_REVIEW: usize = 2_000;
/// Octets of a picture that is sent with a review.
const MAX_PICTURE: usize = 256 * 1024;
/// What stands before the rows that are sold.
const PARTNERS: &str = "/partners/";
const UNPROCESSABLE: &str = "RFC 9110 §15.5.21";
