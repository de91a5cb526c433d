//! The renderer as the window uses it: orders in, answers out.

mod support {
    use super::super::*;

    pub(super) const VIEW: PageViewport = PageViewport { width: 400, height: 300, scale: 1.0, dark: false };

    pub(super) fn base() -> Url {
        Url::parse("http://www.someschool.edu/someDepartment/home.index").unwrap()
    }

    pub(super) fn source(html: &str) -> PageSource {
        PageSource { base: base(), html: html.to_owned(), resources: Vec::new(), settled: true, scroll: (0.0, 0.0) }
    }

    pub(super) fn waiting(html: &str) -> PageSource {
        PageSource { settled: false, ..source(html) }
    }

    /// A picture of one colour.
    pub(super) fn picture(colour: [u8; 3], width: u32, height: u32) -> Bytes {
        let mut octets = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(width, height, image::Rgb(colour))
            .write_to(&mut octets, image::ImageFormat::Png)
            .unwrap();
        octets.into_inner().into()
    }

    /// Everything answered until all orders are carried out.
    #[derive(Debug, Default)]
    pub(super) struct RenderUpdates {
        pub(super) image: Option<ColorImage>,
        pub(super) facts: Option<PageFacts>,
        pub(super) hovered: Option<HoverTarget>,
        pub(super) navigations: Vec<Navigation>,
        pub(super) copied: Vec<String>,
        pub(super) broken: Option<RenderFailure>,
    }

    impl RenderUpdates {
        pub(super) fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
            let pixel = self.image.as_ref().expect("a picture")[(x, y)];
            [pixel.r(), pixel.g(), pixel.b()]
        }
    }

    pub(super) fn renderer() -> Renderer {
        Renderer::start(&Threads::default(), || {}).unwrap()
    }

    impl Renderer {
        pub(super) fn after(&mut self, orders: impl IntoIterator<Item = RenderRequest>) -> RenderUpdates {
            let mut told = RenderUpdates::default();
            for mut order in orders {
                while let Err(back) = self.order(order) {
                    order = back;
                    self.take(&mut told);
                }
            }
            while self.is_busy() {
                self.take(&mut told);
            }
            told
        }

        fn take(&mut self, told: &mut RenderUpdates) {
            match self.wait(Duration::from_mins(2)).expect("the renderer answers") {
                RenderUpdate::Picture { image, .. } => told.image = Some(image),
                RenderUpdate::Facts(facts) => told.facts = Some(*facts),
                RenderUpdate::Hovered(hovered) => told.hovered = Some(hovered),
                RenderUpdate::Navigate(navigation) => told.navigations.push(navigation),
                RenderUpdate::Copied(text) => told.copied.push(text),
                RenderUpdate::Broken(broken) => told.broken = Some(broken),
                RenderUpdate::Done(_) => {}
            }
        }
    }

    pub(super) fn show(html: &str) -> RenderRequest {
        RenderRequest::Show(Box::new(source(html)), VIEW)
    }

    pub(super) fn click(at: (f32, f32)) -> [RenderRequest; 3] {
        [
            RenderRequest::Input(PageInput::Moved { at, pressed: false }),
            RenderRequest::Input(PageInput::Pressed { at, extend: false }),
            RenderRequest::Input(PageInput::Released { at }),
        ]
    }
}

mod a_page_is_shown {
    use super::{super::*, support::*};

    #[test]
    fn with_its_words_on_white() {
        let told = renderer().after([show("<title> A  lab </title><h1>Department of Networks</h1><p>one two")]);
        let image = told.image.unwrap();
        assert_eq!(image.size, [400, 300]);
        assert!(image.pixels.iter().all(|pixel| pixel.a() == 255));
        let dark = image.pixels.iter().filter(|pixel| pixel.r() < 128).count();
        assert!((200..20_000).contains(&dark), "{dark} dark pixels are no words");
        let facts = told.facts.unwrap();
        assert_eq!(facts.title, "A lab");
        assert_eq!(&*facts.words, "Department of Networks\none two");
    }

    #[test]
    fn in_its_own_colours_and_with_style_sheets() {
        let html =
            "<style>body{margin:0} p{background:rgb(1,2,3);height:50px;margin:0}</style><p><p style='background:red'>";
        let told = renderer().after([show(html)]);
        assert_eq!(told.pixel(10, 10), [1, 2, 3]);
        assert_eq!(told.pixel(10, 60), [255, 0, 0]);
        assert_eq!(told.pixel(10, 200), [255, 255, 255]);
    }

    /// Columns of dark pixels in the upper and the lower half of the first letter's box, and how dark all of it is.
    fn ink(html: &str) -> (f64, f64, u64) {
        let told = renderer().after([show(&format!("<body style='margin:0;font-size:200px;line-height:1'>{html}"))]);
        let image = told.image.unwrap();
        let rows: Vec<(usize, u64)> = (0..image.size[1])
            .flat_map(|y| (0..image.size[0]).map(move |x| (x, y)))
            .map(|(x, y)| (y, u64::from(255 - image[(x, y)].r()) * (x as u64 + 1)))
            .collect();
        let dark = |y: usize| (0..image.size[0]).map(|x| u64::from(255 - image[(x, y)].r())).sum::<u64>();
        let inked: Vec<usize> = (0..image.size[1]).filter(|y| dark(*y) > 0).collect();
        let (first, last) = (inked[0], inked[inked.len() - 1]);
        let middle = usize::midpoint(first, last);
        let centre = |from: usize, to: usize| {
            let weighted: u64 = rows.iter().filter(|(y, _)| (from..to).contains(y)).map(|(_, weight)| weight).sum();
            weighted as f64 / (from..to).map(dark).sum::<u64>() as f64
        };
        (centre(first, middle), centre(middle, last), (first..=last).map(dark).sum())
    }

    #[test]
    fn with_bold_letters_thicker_and_slanted_ones_leaning_to_the_right() {
        let (plain_top, plain_bottom, plain) = ink("l");
        let (top, bottom, _) = ink("<i>l</i>");
        let (.., bold) = ink("<b>l</b>");
        assert!(bold as f64 > plain as f64 * 1.1, "bold {bold} over plain {plain}");
        let lean = (top - bottom) - (plain_top - plain_bottom);
        assert!(lean > 5.0, "leans by {lean}");
    }

    #[test]
    fn and_a_picture_appears_when_it_arrives() {
        let mut renderer = renderer();
        let html = "<body style='margin:0'><img src='img/one.png' width=100 height=80>";
        let told = renderer.after([RenderRequest::Show(Box::new(waiting(html)), VIEW)]);
        assert_eq!(told.pixel(50, 40), [255, 255, 255]);
        let url = base().join("img/one.png").unwrap();
        let told = renderer.after([RenderRequest::Arrived(url, picture([10, 200, 30], 100, 80))]);
        assert_eq!(told.pixel(50, 40), [10, 200, 30]);
    }

    #[test]
    fn a_style_sheet_blocks_it_until_it_arrives_or_never_will() {
        let html = "<head><link rel=stylesheet href=x.css></head><body style='margin:0'><p>words";
        let sheet = Bytes::from_static(b"html{background:rgb(9,8,7)}");
        let mut one = renderer();
        let told = one.after([RenderRequest::Show(Box::new(waiting(html)), VIEW)]);
        assert!(told.image.is_none() && told.facts.unwrap().blocked);
        let told = one.after([RenderRequest::Arrived(base().join("x.css").unwrap(), sheet)]);
        assert_eq!(told.pixel(390, 290), [9, 8, 7]);

        let mut other = renderer();
        other.after([RenderRequest::Show(Box::new(waiting(html)), VIEW)]);
        let told = other.after([RenderRequest::Settle]);
        assert_eq!(told.pixel(390, 290), [255, 255, 255]);
        assert_eq!(told.facts.unwrap().wanted, [base().join("x.css").unwrap()]);
    }

    #[test]
    fn and_an_order_that_changes_nothing_paints_nothing() {
        let mut renderer = renderer();
        renderer.after([show("<p>words")]);
        let told = renderer.after([
            RenderRequest::View(VIEW),
            RenderRequest::Input(PageInput::Moved { at: (300.0, 250.0), pressed: false }),
        ]);
        assert!(told.image.is_none());
        assert!(told.facts.is_none());
    }

    #[test]
    fn scrolled_as_far_as_there_is_page() {
        let mut renderer = renderer();
        let html =
            "<body style='margin:0'><div style='height:1000px'></div><div style='height:1000px;background:blue'>";
        renderer.after([show(html)]);
        let told = renderer.after([RenderRequest::Scroll((0.0, 5000.0))]);
        assert_eq!(told.pixel(5, 5), [0, 0, 255]);
        let facts = told.facts.unwrap();
        assert!((facts.scroll.1 - 1700.0).abs() < 0.5, "{facts:?}");
        assert!((facts.extent.1 - 2000.0).abs() < 0.5, "{facts:?}");
    }

    #[test]
    fn animations_are_seen_at_their_end() {
        let html = "<style>@keyframes in { from { background: red } to { background: lime } } \
                    body { margin: 0; height: 300px; animation: in 2s forwards }</style><body>";
        let mut renderer = renderer();
        renderer.after([show(html)]);
        let told = renderer.after([RenderRequest::Scroll((0.0, 0.0)), RenderRequest::Scroll((0.0, 0.0))]);
        let told = if told.image.is_some() {
            told
        } else {
            renderer.after([RenderRequest::View(PageViewport { width: 401, ..VIEW })])
        };
        assert_eq!(told.pixel(100, 100), [0, 255, 0]);
    }
}

mod a_page_answers_the_student {
    use super::{super::*, support::*};

    #[test]
    fn a_click_on_a_link_is_a_navigation() {
        let mut renderer = renderer();
        renderer
            .after([show("<body style='margin:0'><a href='../people' style='display:block;height:40px'>people</a>")]);
        let told = renderer.after([RenderRequest::Input(PageInput::Moved { at: (10.0, 10.0), pressed: false })]);
        let people = Url::parse("http://www.someschool.edu/people").unwrap();
        assert_eq!(told.hovered.unwrap(), HoverTarget { cursor: "pointer", link: Some(people.clone()) });
        let told = renderer.after(click((10.0, 10.0)));
        let expected = Navigation { url: people, method: "GET".to_owned(), content_type: None, content: None };
        assert_eq!(told.navigations, [expected]);
    }

    #[test]
    fn and_links_are_listed_relative_to_the_base_the_page_names() {
        let html = "<base href='http://other.lab/dir/'><p><a href='x?y=1'> one\n two </a><a href='http://[bad'>bad</a>";
        let told = renderer().after([show(html)]);
        let links = told.facts.unwrap().links;
        assert_eq!(links.len(), 1);
        assert_eq!((links[0].text.as_str(), links[0].url.as_str()), ("one two", "http://other.lab/dir/x?y=1"));
    }

    #[test]
    fn a_fragment_link_scrolls() {
        let mut renderer = renderer();
        let html = "<body style='margin:0'><a href='#far' style='display:block;height:40px'>far</a>\
                    <div style='height:2000px'></div><p id=far>here<div style='height:2000px'></div>";
        renderer.after([show(html)]);
        let told = renderer.after(click((10.0, 10.0)));
        assert!(told.navigations.is_empty());
        assert!(told.facts.unwrap().scroll.1 > 1900.0);
    }

    #[test]
    fn a_form_is_filled_in_and_sent_by_get() {
        let mut renderer = renderer();
        let html = "<body style='margin:0'><form action=/animalsearch><input name=q style='display:block;width:200px;height:30px'>\
                    <input type=checkbox name=exact style='display:block;width:30px;height:30px;margin:0'></form>";
        renderer.after([show(html)]);
        let told = renderer.after(click((50.0, 15.0)));
        assert!(told.facts.unwrap().editing);
        renderer.after(click((15.0, 55.0)));
        renderer.after(click((50.0, 15.0)));
        let told = renderer.after([
            RenderRequest::Input(PageInput::Text("monkeys & banana".to_owned())),
            RenderRequest::Input(PageInput::Key(
                keyboard_types::NamedKey::Enter,
                crate::app::page::input::KeyModifiers::default(),
            )),
        ]);
        let url = "http://www.someschool.edu/animalsearch?q=monkeys+%26+banana&exact=on";
        assert_eq!(told.navigations.first().map(|to| to.url.as_str()), Some(url));
    }

    #[test]
    fn a_form_is_sent_by_post() {
        let mut renderer = renderer();
        let html = "<body style='margin:0'><form action=/buy method=post><input type=hidden name=a value='1 2'>\
                    <button type=submit style='display:block;width:100px;height:40px'>Buy</button></form>";
        renderer.after([show(html)]);
        let told = renderer.after(click((50.0, 20.0)));
        let sent = told.navigations.first().unwrap();
        assert_eq!((sent.method.as_str(), sent.content.as_deref()), ("POST", Some("a=1+2")));
        assert_eq!(sent.content_type.as_deref(), Some("application/x-www-form-urlencoded"));
    }

    #[test]
    fn words_are_selected_and_copied() {
        let mut renderer = renderer();
        renderer.after([show("<body style='margin:0'><p style='margin:0;font-size:30px'>Department of Networks</p>")]);
        let drag = [
            RenderRequest::Input(PageInput::Moved { at: (1.0, 15.0), pressed: false }),
            RenderRequest::Input(PageInput::Pressed { at: (1.0, 15.0), extend: false }),
            RenderRequest::Input(PageInput::Moved { at: (100.0, 15.0), pressed: true }),
            RenderRequest::Input(PageInput::Moved { at: (390.0, 15.0), pressed: true }),
            RenderRequest::Input(PageInput::Released { at: (390.0, 15.0) }),
        ];
        renderer.after(drag);
        let told = renderer.after([RenderRequest::Input(PageInput::Copy)]);
        assert_eq!(told.copied, ["Department of Networks"]);
    }
}

mod a_hostile_page_is_survived {
    use super::{super::*, support::*};

    /// The renderer is well if it shows the next page.
    fn survives(html: &str, resources: &[(&str, Bytes)]) -> RenderUpdates {
        let mut renderer = renderer();
        let mut source = waiting(html);
        source.resources.extend(resources.iter().map(|(url, octets)| (base().join(url).unwrap(), octets.clone())));
        let told = renderer.after([RenderRequest::Show(Box::new(source), VIEW), RenderRequest::Settle]);
        let next = renderer.after([show("<body style='background:rgb(3,2,1)'>")]);
        assert_eq!(next.pixel(0, 0), [3, 2, 1]);
        told
    }

    fn left_out(told: &RenderUpdates) -> String {
        told.facts.as_ref().unwrap().left_out.join(" ")
    }

    #[test]
    fn nested_a_hundred_thousand_deep() {
        survives(&"<div>".repeat(100_000), &[]);
        for tag in ["<b>", "<table><tr><td>", "<ul><li>", "<span style='display:flex'>", "<div style='display:grid'>"] {
            survives(&tag.repeat(1_000), &[]);
        }
        assert!(left_out(&survives(&"<div>".repeat(1_000), &[])).contains("nested"));
    }

    #[test]
    fn with_ten_thousand_pictures() {
        let html: String = (0..10_000).fold(String::new(), |html, at| html + &format!("<img src=i{at}.png>"));
        let told = survives(&html, &[("i7.png", picture([1, 2, 3], 4, 4))]);
        assert!(told.image.is_some());
        assert_eq!(told.facts.unwrap().wanted.len(), 9_999);
    }

    #[test]
    fn with_more_parts_than_are_read() {
        let told = survives(&"<p>x".repeat(200_000), &[]);
        assert!(told.image.is_some());
        assert!(left_out(&told).contains("parts"));
        // Every paragraph opens all formatting elements again: a page of 13 kB that would have three hundred thousand parts.
        let formatting: String = (0..100).fold(String::new(), |html, at| html + &format!("<b id={at}>"));
        assert!(
            left_out(&survives(&("<p>".to_owned() + &formatting + &"<p>x".repeat(3000)), &[]))
                .contains("the rest is left out")
        );
    }

    #[test]
    fn written_so_that_reading_it_takes_for_ever() {
        let html = "<x>".repeat(20_000) + &"</y>".repeat(100_000);
        assert!(left_out(&survives(&html, &[])).contains("never ends"));
    }

    #[test]
    fn with_addresses_that_cannot_be_read() {
        let told = survives(
            "<img src='http://[bad'><link rel=stylesheet href='http://:x:y'><form action='http://['><button>b</button></form>\
             <iframe src='http://['></iframe><a href='http://['>x</a><style>a{background:url('http://[')}</style>",
            &[],
        );
        assert!(told.broken.is_none(), "{:?}", told.broken);
        assert!(told.image.is_some());
    }

    #[test]
    fn with_style_sheets_nested_without_end() {
        let deep = Bytes::from("a{b:".to_owned() + &"(".repeat(500_000));
        let told = survives("<link rel=stylesheet href=deep.css><p>x", &[("deep.css", deep)]);
        assert!(left_out(&told).contains("nested"));
        survives(&format!("<style>{}</style><p>x", "@media screen{".repeat(50_000)), &[]);
        survives(&format!("<p style='width:calc({}'>x", "(".repeat(100_000)), &[]);
    }

    #[test]
    fn with_a_rule_that_looks_at_every_sibling() {
        survives(&format!("<style>{}{{color:red}}</style>{}", "p+".repeat(500) + "p", "<p>".repeat(500)), &[]);
    }

    #[test]
    fn with_thousands_of_rules() {
        let long: String = (0..5_000).fold(String::new(), |css, at| css + &format!(".c{at} p:not(.x)>b{{color:red}}"));
        survives(
            &format!("<link rel=stylesheet href=l.css>{}", "<p class=c1><b>x</b>".repeat(500)),
            &[("l.css", long.into())],
        );
    }

    #[test]
    fn with_pictures_that_are_bombs() {
        let mut bomb = picture([0, 0, 0], 1, 1).to_vec();
        bomb[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
        assert!(left_out(&survives("<img src=b.png>", &[("b.png", bomb.into())])).contains("pixels"));
        let drawing = |inner: String| {
            Bytes::from(format!("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{inner}</svg>"))
        };
        survives("<img src=d.svg>", &[("d.svg", drawing("<g>".repeat(90) + &"</g>".repeat(90)))]);
        survives("<img src=d.svg>", &[("d.svg", drawing("<g>".repeat(100_000)))]);
        let laughs: String = (1..12).fold("<g id='g0'><rect width='1' height='1'/></g>".to_owned(), |svg, at| {
            svg + &format!("<g id='g{at}'>{}</g>", format!("<use href='#g{}'/>", at - 1).repeat(4))
        });
        survives("<img src=d.svg>", &[("d.svg", drawing(laughs))]);
        survives(&format!("<svg>{}</svg>", "<g>".repeat(100_000)), &[]);
        survives(
            "<img src=t.jpg><img src=e.png>",
            &[("t.jpg", Bytes::from_static(&[0xFF, 0xD8, 0xFF])), ("e.png", Bytes::new())],
        );
    }

    #[test]
    fn of_absurd_sizes() {
        survives(
            "<div style='width:1e30px;height:1e30px;border:1e9px solid red;transform:scale(1e20) rotate(3deg)'>x",
            &[],
        );
        survives("<p style='font-size:1e9px'>x</p><p style='letter-spacing:1e30px'>xy", &[]);
        survives(&format!("<p>{}", "x".repeat(100_000)), &[]);
        survives(&format!("<table>{}", "<td colspan=99999 rowspan=99999>x".repeat(300)), &[]);
        survives(
            "<div style='display:grid;grid-template-columns:repeat(100000,1px)'><p style='grid-column:1/99999'>x",
            &[],
        );
        survives("\0\u{FFFD}<\0p>\u{202E}x<plaintext><b>", &[]);
    }
}
