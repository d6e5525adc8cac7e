//! Chart specifications to SVG and PNG.
//!
//! plotters' SVG backend is the canvas (`canvas`); layout is done here, one file a kind of chart, because every label
//! is measured with the embedded font before it is placed. resvg makes the PNG of the SVG.

mod bars;
mod canvas;
mod fonts;
mod forest;
mod heat;
mod lines;
mod tornado;
mod waterfall;

use super::spec::{Body, ChartSpec, Colour, HeatPanel};
use super::theme::{FOOTER, GREY, HEIGHT, INK, LABEL, MARGIN, SUBTITLE, TITLE, WIDTH, rgb};
use canvas::{Canvas, Frame, HPos, VPos, drawn, fitted, width, wrapped};
use restock_base::diag::Error;

/// Width of a chart on a page.
const PAGE: u32 = 1320;

/// Draws a chart as SVG.
#[must_use]
pub fn svg(spec: &ChartSpec) -> String {
    let (mut out, _) = drawn((WIDTH, HEIGHT), |canvas| canvas.chart(spec));
    // A screen reader finds the description; a viewer without the font falls back to a sans.
    let described = format!("<title>{}</title>\n<desc>{}</desc>\n", escape(&spec.title), escape(&spec.alt));
    let end_of_tag = out.find('>').map_or(0, |i| i + 1);
    out.insert_str(end_of_tag, &format!("\n{described}"));
    out.replace("font-family=\"Inter\"", &format!("font-family=\"Inter, {}\"", fonts::FALLBACK))
}

/// Draws a chart for a page: without title and footer, which the page writes itself, with regions that say their
/// values when pointed at. Absent for a chart that has nothing but words.
#[must_use]
pub fn web(spec: &ChartSpec) -> Option<String> {
    let height = match &spec.body {
        Body::Words(_) => return None,
        Body::Bars(columns) => 110 + 84 * columns.first().map_or(0, |b| b.rows.len()) as u32,
        Body::Lines { panels, columns } => 390 * panels.len().div_ceil(*columns) as u32 + 60,
        Body::Forest(panels) => 50 + 280 * panels.len().div_ceil(2) as u32,
        Body::Tornado(panel) => 150 + 44 * panel.rows.len() as u32,
        Body::Waterfall(panels) => 120 + 36 * panels.first().map_or(0, |p| p.steps.len()) as u32,
        Body::Heat { panels, columns, .. } => {
            let rows = panels.chunks((*columns).max(1));
            let levels = |row: &[HeatPanel]| row.iter().map(|p| p.y.levels.len()).max().unwrap_or(0);
            110 + rows.map(|row| 140 + 40 * levels(row).clamp(4, 16) as u32).sum::<u32>()
        }
    };
    let legend = if spec.legend.is_empty() { 0 } else { 60 };
    let size = (PAGE, height + legend);
    let (svg, hovers) = drawn(size, |canvas| {
        let mut frame = Frame { left: 8.0, top: 12.0, right: f64::from(PAGE) - 8.0, bottom: f64::from(size.1) - 8.0 };
        if !spec.legend.is_empty() {
            frame.top = canvas.legend(&spec.legend, frame.left, frame.right, frame.top) + 8.0;
        }
        canvas.body(spec, frame);
    });
    let regions: String = hovers
        .iter()
        .map(|(f, text)| {
            format!(
                "<rect class=\"hover\" x=\"{:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{:.0}\" fill-opacity=\"0\"><title>{}</title></rect>\n",
                f.left,
                f.top,
                f.width().max(1.0),
                f.height().max(1.0),
                escape(text)
            )
        })
        .collect();
    let opening = format!(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" xmlns=\"http://www.w3.org/2000/svg\">",
        size.0,
        size.1,
        escape(&spec.alt).replace('"', "&quot;")
    );
    let body = svg.split_once('>').map_or("", |(_, rest)| rest).trim_end().trim_end_matches("</svg>");
    let fonts = "font-family=\"Inter, system-ui, 'Segoe UI', Roboto, Arial, sans-serif\"";
    Some(format!("{opening}{}{regions}</svg>", body.replace("font-family=\"Inter\"", fonts)))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Renders an SVG of this module as PNG, with the description as its text.
///
/// # Errors
///
/// A message, if the SVG cannot be read or the PNG not be written.
pub fn png(svg: &str, title: &str, alt: &str) -> Result<Vec<u8>, Error> {
    use resvg::tiny_skia;
    let tree = parsed(svg)?;
    let mut pixmap = tiny_skia::Pixmap::new(WIDTH, HEIGHT).ok_or_else(|| Error::unmade("no room for the picture"))?;
    pixmap.fill(tiny_skia::Color::WHITE);
    resvg::render(&tree, tiny_skia::Transform::default(), &mut pixmap.as_mut());
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    for (keyword, text) in [("Title", title), ("Description", alt), ("Software", "Restock")] {
        encoder.add_itxt_chunk(keyword.into(), text.into()).map_err(Error::unmade)?;
    }
    let mut writer = encoder.write_header().map_err(Error::unmade)?;
    // Opaque white below everything: alpha is 255 and can be dropped.
    let rgb: Vec<u8> = pixmap.data().as_chunks::<4>().0.iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
    writer.write_image_data(&rgb).map_err(Error::unmade)?;
    writer.finish().map_err(Error::unmade)?;
    Ok(out)
}

/// Characters of the pictures drawn so far that neither the embedded font nor an installed one has: they are boxes. To be
/// said once, when all is drawn.
#[must_use]
pub fn missing_characters() -> String {
    fonts::missing()
}

/// An SVG of this module as a tree, its text laid out in the embedded font; what that lacks, in an installed one.
fn parsed(svg: &str) -> Result<resvg::usvg::Tree, Error> {
    use resvg::usvg;
    let fontdb = fonts::database(svg);
    // What the embedded font lacks names its family: a search of resvg's own would set whole lines in another font.
    let font_resolver = usvg::FontResolver {
        select_font: usvg::FontResolver::default_font_selector(),
        select_fallback: Box::new(|_, _, _| None),
    };
    let options = usvg::Options { fontdb, font_family: "Inter".into(), font_resolver, ..usvg::Options::default() };
    usvg::Tree::from_str(&fonts::named(svg), &options).map_err(Error::unmade)
}

/// Everything that is written in a picture, but for its frame (title, subtitle, footer): labels of marks and axes.
#[must_use]
pub fn labels(spec: &ChartSpec) -> Vec<String> {
    let bare = ChartSpec { title: String::new(), subtitle: String::new(), footer: String::new(), ..spec.clone() };
    let mut texts = Vec::new();
    if let Ok(tree) = parsed(&svg(&bare)) {
        collect(tree.root(), &mut texts);
    }
    texts.into_iter().map(|t| t.0).collect()
}

/// Whether the title stands on its two lines whole.
#[must_use]
pub fn title_fits(spec: &ChartSpec) -> bool {
    let lines = wrapped(&spec.title, TITLE, true, f64::from(WIDTH as i32 - 2 * MARGIN), 2);
    lines.join(" ") == spec.title
}

/// What is wrong with the layout of a chart: text that is cut by the canvas, too small, or on top of other
/// text. Empty for a good chart; a test demands that of every chart it can think of.
#[must_use]
pub fn layout_problems(spec: &ChartSpec) -> Vec<String> {
    use resvg::usvg;
    let tree = match parsed(&svg(spec)) {
        Ok(tree) => tree,
        Err(e) => return vec![format!("the SVG cannot be read: {e}")],
    };
    let mut texts: Vec<(String, usvg::Rect, f32)> = Vec::new();
    collect(tree.root(), &mut texts);
    let mut problems = Vec::new();
    for (i, (text, b, size)) in texts.iter().enumerate() {
        if b.left() < 0.0 || b.top() < 0.0 || b.right() > WIDTH as f32 || b.bottom() > HEIGHT as f32 {
            problems.push(format!("`{text}` is cut: {b:?}"));
        }
        if *size < 17.5 {
            problems.push(format!("`{text}` has {size} px"));
        }
        for (other, o, _) in &texts[i + 1..] {
            let across = b.right().min(o.right()) - b.left().max(o.left());
            let down = b.bottom().min(o.bottom()) - b.top().max(o.top());
            // Bounding boxes hold ascenders and descenders that the glyphs may not use.
            if across > 2.0 && down > 0.35 * b.height().min(o.height()) {
                problems.push(format!("`{text}` lies on `{other}`: {b:?}, {o:?}"));
            }
        }
    }
    problems
}

fn collect(group: &resvg::usvg::Group, out: &mut Vec<(String, resvg::usvg::Rect, f32)>) {
    use resvg::usvg::Node;
    for node in group.children() {
        match node {
            Node::Group(g) => collect(g, out),
            Node::Text(t) => {
                let content: String = t.chunks().iter().map(|c| c.text()).collect();
                let size =
                    t.chunks().iter().flat_map(|c| c.spans()).map(|s| s.font_size().get()).fold(f32::MAX, f32::min);
                out.push((content, t.abs_bounding_box(), size));
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

impl Canvas<'_> {
    fn chart(&self, spec: &ChartSpec) {
        let (left, right) = (f64::from(MARGIN), f64::from(WIDTH as i32 - MARGIN));
        let mut y = f64::from(MARGIN);
        for line in wrapped(&spec.title, TITLE, true, right - left, 2) {
            self.text(&line, left, y, TITLE, true, INK, HPos::Left, VPos::Top);
            y += TITLE * 1.22;
        }
        y += 8.0;
        for line in wrapped(&spec.subtitle, SUBTITLE, false, right - left, 2) {
            self.text(&line, left, y, SUBTITLE, false, GREY, HPos::Left, VPos::Top);
            y += SUBTITLE * 1.3;
        }
        y += 10.0;
        if !spec.legend.is_empty() {
            y = self.legend(&spec.legend, left, right, y + 8.0);
        }
        let bottom = f64::from(HEIGHT as i32 - MARGIN);
        let footer = wrapped(&spec.footer, FOOTER, false, right - left, 2);
        let mut base = bottom;
        for line in footer.iter().rev() {
            self.text(line, left, base, FOOTER, false, GREY, HPos::Left, VPos::Bottom);
            base -= FOOTER * 1.3;
        }
        let frame = Frame { left, top: y + 18.0, right, bottom: base - 20.0 };
        self.body(spec, frame);
    }

    fn body(&self, spec: &ChartSpec, frame: Frame) {
        match &spec.body {
            Body::Words(words) => {
                let lines = wrapped(words, 34.0, false, frame.width() * 0.8, 4);
                let mut y = frame.top + frame.height() * 0.38;
                for line in lines {
                    self.text(
                        &line,
                        (frame.left + frame.right) / 2.0,
                        y,
                        34.0,
                        false,
                        GREY,
                        HPos::Center,
                        VPos::Center,
                    );
                    y += 46.0;
                }
            }
            Body::Bars(columns) => self.bars(columns, &spec.legend, frame),
            Body::Lines { panels, columns } => self.line_panels(panels, *columns, &spec.legend, frame),
            Body::Forest(panels) => self.forest(panels, frame),
            Body::Tornado(panel) => self.tornado(panel, &spec.legend, frame),
            Body::Waterfall(panels) => self.waterfall(panels, frame),
            Body::Heat { panels, columns, key } => self.heat(panels, *columns, key, frame),
        }
    }

    fn legend(&self, entries: &[(String, Colour)], left: f64, right: f64, top: f64) -> f64 {
        let (mut x, mut y) = (left, top);
        for (label, colour) in entries {
            let label = fitted(label, LABEL, false, right - left - 40.0);
            let w = 22.0 + 12.0 + width(&label, LABEL, false) + 40.0;
            if x + w - 40.0 > right && x > left {
                x = left;
                y += 36.0;
            }
            self.rect(Frame { left: x, top: y + 3.0, right: x + 22.0, bottom: y + 25.0 }, rgb(*colour));
            self.text(&label, x + 34.0, y + 14.0, LABEL, false, INK, HPos::Left, VPos::Center);
            x += w;
        }
        y + 38.0
    }
}
