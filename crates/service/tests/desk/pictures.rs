//! Pictures are read back by a reader that shares no code with what draws them.

use std::io::{Cursor, Read};

use decree::Moment;
use rqrr::PreparedImage;
use service::desk::file::Batch;
use service::desk::picture;
use wire::code::{Code, Kind};
use wire::issuer::Image;

const ORIGIN: &str = "https://limpide.example";

#[test]
fn a_picture_says_the_link_with_the_code_behind_the_fragment() {
    let codes = [
        Code::long([0xa5; 16]),
        Code::short([1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ];
    for (code, number) in codes.iter().zip([1, 2]) {
        let link = format!("{ORIGIN}/#code={code}&type={number}");
        assert_eq!(picture::link(ORIGIN, code), link);
        for image in [Image::Svg, Image::Png] {
            let drawn = picture::draw(ORIGIN, code, image).unwrap();
            assert_eq!(read(image, &drawn), link, "{image:?}");
        }
    }
}

/// Eight points to the millimetre, four modules of white around, two colours.
#[test]
fn a_picture_is_large_enough_to_print() {
    let drawn = picture::draw(ORIGIN, &Code::long([0; 16]), Image::Png).unwrap();
    let (side, light) = points(&drawn);
    let is_dark = |x: usize, y: usize| light[y * side + x] == 0;
    let quiet = 4 * 8;
    assert!(is_dark(quiet, quiet));
    for at in 0..side {
        for edge in (0..quiet).chain(side - quiet..side) {
            assert!(!is_dark(at, edge) && !is_dark(edge, at), "{at} {edge}");
        }
    }
    assert!(
        (300..500).contains(&side),
        "{side} points are {} mm",
        side / 8
    );
    assert!(drawn.len() < 4_096, "{} bytes", drawn.len());
    let svg = picture::draw(ORIGIN, &Code::long([0; 16]), Image::Svg).unwrap();
    let svg = String::from_utf8(svg).unwrap();
    let size = format!("width=\"{0}mm\" height=\"{0}mm\"", side / 8);
    assert!(svg.contains(&size), "{svg}");
    assert!(svg.len() < 8_192, "{} bytes", svg.len());
}

#[test]
fn an_origin_that_no_picture_holds_is_refused() {
    let origin = format!("https://{}", "x".repeat(5_000));
    for image in [Image::Svg, Image::Png] {
        assert!(picture::draw(&origin, &Code::long([0; 16]), image).is_err());
    }
}

#[test]
fn a_batch_is_a_table_and_a_picture_of_each_row() {
    let batch = Batch {
        kind: Kind::Long,
        until: Moment::from_unix(1_592_431_140),
        codes: (0..3).map(|byte| Code::long([byte; 16])).collect(),
    };
    assert_eq!(batch.name("tar"), "codes-long-until-2020-06-17.tar");
    let csv = batch.csv(ORIGIN);
    let rows: Vec<_> = csv.split("\r\n").collect();
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[0], "code,kind,expires_at,link");
    assert_eq!(
        rows[1],
        "00000000-0000-4000-8000-000000000000,long,2020-06-17T21:59:00Z,\
         https://limpide.example/#code=00000000-0000-4000-8000-000000000000&type=1"
    );
    assert_eq!(rows[4], "");

    for image in [Image::Svg, Image::Png] {
        let archive = batch.tar(ORIGIN, image).unwrap();
        assert_eq!(archive, batch.tar(ORIGIN, image).unwrap());
        let mut files = Vec::new();
        for entry in tar::Archive::new(archive.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            files.push((name, content));
        }
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        let picture = |row: u32| format!("{row:04}.{}", image.name());
        let expected = ["codes.csv".to_owned(), picture(1), picture(2), picture(3)];
        assert_eq!(names, expected);
        assert_eq!(files[0].1, csv.as_bytes());
        for ((_, picture), row) in files[1..].iter().zip(&rows[1..]) {
            assert_eq!(read(image, picture), row.rsplit(',').next().unwrap());
        }
    }
}

/// What a phone's camera makes of it.
fn read(image: Image, bytes: &[u8]) -> String {
    let (side, light) = match image {
        Image::Png => points(bytes),
        Image::Svg => rasterise(std::str::from_utf8(bytes).unwrap(), 4),
    };
    let mut image = PreparedImage::prepare_from_greyscale(side, side, |x, y| light[y * side + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    let (meta, text) = grids[0].decode().unwrap();
    // Level M, which the format writes as 0.
    assert_eq!(meta.ecc_level, 0);
    text
}

/// One byte of light a point.
fn points(png: &[u8]) -> (usize, Vec<u8>) {
    let mut decoder = png::Decoder::new(Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut light = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut light).unwrap();
    assert_eq!(
        (info.width, info.color_type),
        (info.height, png::ColorType::Grayscale)
    );
    let dims = reader.info().pixel_dims.unwrap();
    assert_eq!((dims.xppu, dims.yppu), (8_000, 8_000));
    (usize::try_from(info.width).unwrap(), light)
}

/// Fills the rectangles of the dark path, so many points a module.
fn rasterise(svg: &str, scale: usize) -> (usize, Vec<u8>) {
    let between = |text: &str, from: &str, to: &str| {
        let start = text.split_once(from).unwrap().1;
        start.split_once(to).unwrap().0.to_owned()
    };
    let side: usize = between(svg, "viewBox=\"0 0 ", " ").parse().unwrap();
    let path = between(svg, "<path d=\"", "\"/>");
    let mut light = vec![255; side * scale * side * scale];
    for rectangle in path.split('M').skip(1) {
        let (left, rest) = rectangle.split_once(' ').unwrap();
        let (top, rest) = rest.split_once('h').unwrap();
        let (length, rest) = rest.split_once('v').unwrap();
        assert_eq!(rest, format!("1h-{length}z"));
        let number = |text: &str| text.parse::<usize>().unwrap() * scale;
        for y in number(top)..number(top) + scale {
            for x in number(left)..number(left) + number(length) {
                light[y * side * scale + x] = 0;
            }
        }
    }
    (side * scale, light)
}
