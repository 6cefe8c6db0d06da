//! A code as a QR code.
//!
//! It holds a link to this server's own page, with the code in the fragment: a browser sends the
//! fragment to nobody, so no server's log can hold a code.

use std::fmt::Write;

use png::{BitDepth, ColorType, Encoder, PixelDimensions, Unit};
use qrcode::{Color, EcLevel, QrCode};
use wire::Refusal;
use wire::code::{Code, Kind};
use wire::issuer::Image;

/// ISO/IEC 18004 asks for four modules of white around.
const QUIET: usize = 4;
/// Points of a PNG along one module, a millimetre when printed as its header says: 203 points to
/// the inch, as label printers have.
const POINTS: usize = 8;

/// The link that a phone's camera reads; types as deployed: 1 is long, 2 short.
#[must_use]
pub fn link(origin: &str, code: &Code) -> String {
    let number = match code.kind() {
        Kind::Long => 1,
        Kind::Short => 2,
    };
    format!("{origin}/#code={code}&type={number}")
}

/// A picture of this code.
///
/// # Errors
/// [`Refusal::Unavailable`] when it cannot be drawn: an origin too long for a QR code.
pub fn draw(origin: &str, code: &Code, image: Image) -> Result<Vec<u8>, Refusal> {
    let link = link(origin, code);
    let modules = Modules::of(&link).ok_or(Refusal::Unavailable)?;
    match image {
        Image::Svg => modules.svg().map(String::into_bytes),
        Image::Png => modules.png(),
    }
    .ok_or(Refusal::Unavailable)
}

/// The modules of a QR code, dark or not, row by row, without the white around.
struct Modules {
    width: usize,
    dark: Vec<bool>,
}

impl Modules {
    fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let colors = code.into_colors().into_iter();
        Some(Self {
            width,
            dark: colors.map(|color| color == Color::Dark).collect(),
        })
    }

    fn side(&self) -> usize {
        self.width + 2 * QUIET
    }

    /// One path for all: each run of dark modules is a rectangle.
    fn svg(&self) -> Option<String> {
        let side = self.side();
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{side}mm\" height=\"{side}mm\" \
             viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path d=\""
        );
        for (y, row) in self.dark.chunks(self.width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, next| one == next) {
                if run.first() == Some(&true) {
                    let (left, top, length) = (x + QUIET, y + QUIET, run.len());
                    write!(svg, "M{left} {top}h{length}v1h-{length}z").ok()?;
                }
                x += run.len();
            }
        }
        svg.push_str("\"/></svg>\n");
        Some(svg)
    }

    /// One bit a point, white being 1.
    fn png(&self) -> Option<Vec<u8>> {
        let points = self.side() * POINTS;
        // A module is one byte of eight points; each row is repeated eight times.
        let blank = vec![0xff; self.side()];
        let mut rows = blank.repeat(QUIET * POINTS);
        for row in self.dark.chunks(self.width) {
            let mut line = vec![0xff; QUIET];
            line.extend(row.iter().map(|dark| if *dark { 0x00 } else { 0xff }));
            line.extend([0xff; QUIET]);
            rows.extend(line.repeat(POINTS));
        }
        rows.extend(blank.repeat(QUIET * POINTS));

        let points = u32::try_from(points).ok()?;
        let per_metre = u32::try_from(POINTS).ok()? * 1_000;
        let mut png = Vec::new();
        let mut encoder = Encoder::new(&mut png, points, points);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_depth(BitDepth::One);
        encoder.set_pixel_dims(Some(PixelDimensions {
            xppu: per_metre,
            yppu: per_metre,
            unit: Unit::Meter,
        }));
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&rows).ok()?;
        writer.finish().ok()?;
        Some(png)
    }
}
