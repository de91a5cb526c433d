//! The pages of a shop.

use super::{
    super::page::{Dress, code, cookies_that_came, page, table},
    CART_COOKIE, MAX_PICTURE, MAX_QUANTITY, Shop, VIEWED_COOKIE,
    accounts::Account,
    catalogue::Item,
    customers::{CartLine, Recognition, Recommendation, RecommendationReason, Review, Visit},
};
use crate::lab::origin::{RequestCookies, escaped};

/// The front page: who the visitor is to the shop, what there is, what is recommended.
pub(super) fn front(
    shop: &Shop,
    visit: &Visit,
    recommended: &[Recommendation<'_>],
    cookies: &RequestCookies,
) -> String {
    let greeting = greeting(visit);
    let number = visit.id;
    let known = match &visit.recognition {
        Recognition::Known { .. } => format!("Your browser sent the number {number}, and the shop found its row."),
        Recognition::New | Recognition::NoSuchRow { .. } => {
            format!("You are customer {number} from now on, if your browser sends that number back.")
        }
    };
    let looked = cookies.value(VIEWED_COOKIE).and_then(|number| shop.catalogue.numbered(number));
    let looked = looked.map(|item| format!("<p>You have just looked at {}.</p>\n", link(item))).unwrap_or_default();
    let because = |one: &Recommendation<'_>| match one.because {
        RecommendationReason::OthersLooked => "others who looked at the same things looked at this too",
        RecommendationReason::SameSubject => "it is on the same subject as what you looked at",
    };
    let rows: Vec<Vec<String>> = recommended.iter().map(|one| vec![link(one.item), because(one).to_owned()]).collect();
    let recommended = if rows.is_empty() {
        "<p>Look at something, and the shop will recommend something else.</p>\n".to_owned()
    } else {
        table(&["item", "because"], &rows)
    };
    let shelf = |subject: &str| format!("<h2><a href=\"/{subject}\">{subject}</a></h2>\n{}", items(shop, subject));
    let shelves: String = shop.catalogue.subjects().into_iter().map(shelf).collect();
    let body = format!(
        "<p>{known}</p>\n{looked}<h2>Recommended for you</h2>\n{recommended}{shelves}{}",
        cookies_that_came(cookies.pairs()),
    );
    dressed(shop, &greeting, &body)
}

fn greeting(visit: &Visit) -> String {
    let name = visit.account.as_ref().map(|account| account.name.as_str()).or(visit.name.as_deref());
    match (&visit.recognition, name) {
        (Recognition::Known { last_visit: Some(last) }, Some(name)) => {
            format!("Welcome back, {name}. Your last visit was {} ago, on {}.", last.ago, last.day)
        }
        (Recognition::Known { last_visit: Some(last) }, None) => {
            format!("Welcome back, customer {}. Your last visit was {} ago, on {}.", visit.id, last.ago, last.day)
        }
        (Recognition::Known { last_visit: None }, Some(name)) => format!("Hello, {name}."),
        (Recognition::Known { last_visit: None }, None) => format!("Hello, customer {}.", visit.id),
        (Recognition::New | Recognition::NoSuchRow { .. }, _) => {
            "Welcome. The shop has not seen you before.".to_owned()
        }
    }
}

/// Everything on one subject.
pub(super) fn shelf(shop: &Shop, subject: &str) -> String {
    let body = format!("{}{}", items(shop, subject), advertisement(shop, None));
    dressed(shop, &in_capital(subject), &body)
}

fn items(shop: &Shop, subject: &str) -> String {
    let row = |item: &Item| vec![link(item), item.price.clone()];
    table(&["item", "price"], &shop.catalogue.of_subject(subject).map(row).collect::<Vec<_>>())
}

/// One item, its reviews, and the forms that put it into the cart and that send a review.
pub(super) fn item(shop: &Shop, item: &Item, reviews: &[Review]) -> String {
    let row = |review: &Review| {
        let picture = review.picture.as_ref();
        let picture = picture.map(|(name, octets)| format!("{}, {octets} octets", escaped(name))).unwrap_or_default();
        vec![review.customer.to_string(), review.date.clone(), escaped(&review.text), picture]
    };
    let told = if reviews.is_empty() {
        "<p>Nobody has written about it yet.</p>\n".to_owned()
    } else {
        table(&["customer", "date", "review", "picture"], &reviews.iter().map(row).collect::<Vec<_>>())
    };
    let (path, number) = (item.path(), item.number);
    let body = format!(
        "<p>{}</p>\n<p>Price: {}</p>\n\
         <form action=\"/cart\" method=\"post\">\n<p><input type=\"hidden\" name=\"item\" value=\"{number}\">\n\
         <label>How many <input type=\"text\" name=\"quantity\" value=\"1\" size=\"3\"></label> (at most {MAX_QUANTITY})\n\
         <input type=\"submit\" value=\"Put into the cart\"></p>\n</form>\n\
         <h2>Reviews</h2>\n{told}\
         <form action=\"{path}/reviews\" method=\"post\" enctype=\"multipart/form-data\">\n\
         <p><textarea name=\"text\" rows=\"3\" cols=\"50\"></textarea></p>\n\
         <p><label>A picture, at most {MAX_PICTURE} octets <input type=\"file\" name=\"picture\"></label></p>\n\
         <p><input type=\"submit\" value=\"Send the review\"></p>\n</form>\n",
        escaped(&item.about),
        item.price,
    );
    dressed(shop, &item.title, &body)
}

/// The cart, in both places where it is kept.
pub(super) fn cart(shop: &Shop, visit: &Visit, lines: &[CartLine], cookie: Option<&str>) -> String {
    let row = |line: &CartLine| {
        let item = shop.catalogue.item(line.item);
        let title = item.map_or_else(|| format!("item {}", line.item), link);
        let take_out = format!(
            "<form action=\"/cart\" method=\"post\"><input type=\"hidden\" name=\"item\" value=\"{}\">\
             <input type=\"hidden\" name=\"quantity\" value=\"0\"><input type=\"submit\" value=\"Take out\"></form>",
            line.item
        );
        vec![title, line.quantity.to_string(), item.map(|item| item.price.clone()).unwrap_or_default(), take_out]
    };
    let listed = if lines.is_empty() {
        "<p>There is nothing in it.</p>\n".to_owned()
    } else {
        table(&["item", "how many", "price", ""], &lines.iter().map(row).collect::<Vec<_>>())
    };
    let in_cookie = cookie.map_or_else(|| "it sent no such cookie".to_owned(), code);
    let body = format!(
        "{listed}<h2>Where this is kept</h2>\n<p>State can be kept at the server or carried by the messages. \
         This shop does both.</p>\n\
         <p>In the database: the rows of the table {} for customer {}.</p>\n\
         <p>In your browser, as the cookie {}, which goes with requests for /cart only: {in_cookie}.</p>\n",
        code("carts"),
        visit.id,
        code(CART_COOKIE),
    );
    dressed(shop, "Your cart", &body)
}

/// The form that asks for a password.
pub(super) fn login(shop: &Shop, secure: bool) -> String {
    let warning = if secure {
        String::new()
    } else {
        let site = escaped(&shop.site);
        format!(
            "<p>This page came without TLS: everybody on the way can read the password. \
             <a href=\"https://{site}/login\">Log in over https</a> instead.</p>\n"
        )
    };
    let body = format!(
        "{warning}<form action=\"/login\" method=\"post\">\n\
         <p><label>E-mail address <input type=\"text\" name=\"email\" size=\"30\"></label></p>\n\
         <p><label>Password <input type=\"password\" name=\"password\" size=\"20\"></label></p>\n\
         <p><label>Name, if you have no account yet <input type=\"text\" name=\"name\" size=\"20\"></label></p>\n\
         <p><input type=\"submit\" value=\"Log in\"></p>\n</form>\n"
    );
    dressed(shop, "Log in", &body)
}

/// What only the customer is shown.
pub(super) fn account(shop: &Shop, visit: &Visit, account: &Account, lines: &[CartLine]) -> String {
    let rows = [
        vec!["Name".to_owned(), escaped(&account.name)],
        vec!["E-mail".to_owned(), escaped(&account.email)],
        vec!["Customer".to_owned(), visit.id.to_string()],
        vec!["Visits".to_owned(), visit.visits.to_string()],
        vec!["Requests".to_owned(), visit.requests.to_string()],
        vec!["Items in the cart".to_owned(), lines.len().to_string()],
    ];
    let body = format!(
        "{}<form action=\"/logout\" method=\"post\"><p><input type=\"submit\" value=\"Log out\"></p></form>\n{}",
        table(&["", ""], &rows),
        advertisement(shop, Some(visit.id)),
    );
    dressed(shop, "Your account", &body)
}

/// The image of the ad network. On the account's page its address tells the network the customer's number.
fn advertisement(shop: &Shop, customer: Option<i64>) -> String {
    let Some(image) = &shop.settings.advertisement else { return String::new() };
    let image =
        customer.map_or_else(|| image.clone(), |number| format!("{image}&customer={number}&site={}", shop.site));
    let image = format!(
        "<img src=\"{}\" alt=\"advertisement\" width=\"468\" height=\"60\" referrerpolicy=\"unsafe-url\">",
        escaped(&image)
    );
    match &shop.settings.advertisement_link {
        Some(to) => format!("<p><a href=\"{}\" referrerpolicy=\"unsafe-url\">{image}</a></p>\n", escaped(to)),
        None => format!("<p>{image}</p>\n"),
    }
}

fn link(item: &Item) -> String {
    format!("<a href=\"{}\">{}</a>", item.path(), escaped(&item.title))
}

fn in_capital(subject: &str) -> String {
    let mut letters = subject.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn dressed(shop: &Shop, title: &str, body: &str) -> String {
    let links = [("/", "All items"), ("/cart", "Cart"), ("/account", "Account"), ("/login", "Log in")];
    page(&Dress { site: &shop.settings.title, band: "#14304f", links: &links }, title, body)
}
