//! Decodes uploaded pictures within limits, scales them down and encodes them anew, which removes metadata and anything
//! else that was in the file.

use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, webp::WebPEncoder},
    imageops::FilterType,
};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{LazyLock, mpsc},
    thread,
};
use tokio::sync::oneshot;

pub const MAX_BYTES: u64 = 10 * 1024 * 1024;
/// The maximum number of pixels of an uploaded picture: enough for phones sold with 48 or 50 megapixels.
pub const MAX_PIXELS: u64 = 50_000_000;
/// The maximum memory for decoding a picture, in bytes.
const MAX_MEMORY: u64 = 160 * 1024 * 1024;
/// The maximum length of the longer edge of a stored picture, in pixels.
const LARGEST: u32 = 1600;
/// The quality of encoded JPEGs, from 1 to 100; with this value no loss is visible.
const QUALITY: u8 = 82;

type ImageWork = Box<dyn FnOnce() + Send>;

/// The channel to the one thread that decodes all pictures, one after the other: each may need [`MAX_MEMORY`], and the
/// allocator keeps much of the freed memory for the thread that freed it.
static READER: LazyLock<mpsc::Sender<ImageWork>> = LazyLock::new(|| {
    let (send, work) = mpsc::channel::<ImageWork>();
    let started = thread::Builder::new().name("pictures".to_owned()).spawn(move || {
        for work in work {
            // A panic drops the channel, which fails the request.
            let _ = catch_unwind(AssertUnwindSafe(work));
        }
    });
    if let Err(error) = started {
        tracing::error!(%error, "pictures cannot be read");
    }
    send
});

/// An encoded picture, with its size in pixels.
#[derive(Clone, Debug)]
pub struct EncodedPicture {
    /// The file format: `jpg`, or `webp` if any pixel is transparent.
    pub kind: &'static str,
    pub width: u32,
    pub height: u32,
    pub body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The file is not in a known picture format.
    Kind,
    /// The file is HEIC, HEIF or AVIF, formats in which phones store photos.
    Heic,
    /// The file is in another known format that is not supported, but that other software can convert. Holds the
    /// format's name.
    Other(&'static str),
    /// The picture has more than [`MAX_PIXELS`], or decoding it takes more than `MAX_MEMORY`.
    TooLarge,
    Damaged,
}

/// Decodes a JPEG, PNG or WebP, recognized by its content, and encodes it again, scaled down so that the longer edge
/// has at most 1600 pixels.
pub async fn reencode(file: Vec<u8>) -> Result<EncodedPicture, Unreadable> {
    let (tell, told) = oneshot::channel();
    let work = move || {
        if !tell.is_closed() {
            let _ = tell.send(read(&file));
        }
    };
    READER.send(Box::new(work)).map_err(|_| Unreadable::Damaged)?;
    told.await.unwrap_or(Err(Unreadable::Damaged))
}

fn read(file: &[u8]) -> Result<EncodedPicture, Unreadable> {
    let format = match image::guess_format(file) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => format,
        _ => return Err(other_kind(file)),
    };
    // The decoder would fill in the rest of a truncated JPEG. Data after the picture (the video of a motion photo,
    // trailers of camera makers) is ignored.
    let file = end_of(file, format).and_then(|end| file.get(..end)).ok_or(Unreadable::Damaged)?;
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || decoder.total_bytes() + pixels * beside(file, format) > MAX_MEMORY {
        return Err(Unreadable::TooLarge);
    }
    let orientation = decoder.orientation().map_err(unreadable)?;
    let profile = decoder.icc_profile().ok().flatten();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    // Scale first: rotating and converting colors each need a second picture in memory.
    picture = shrunk(picture, LARGEST);
    if let Some(coloured) = profile.and_then(|profile| in_srgb(&picture, &profile)) {
        picture = coloured;
    }
    picture.apply_orientation(orientation);
    write(&picture).map_err(unreadable)
}

/// Returns the error for a file in an unsupported format; the first bytes of the file tell the format.
fn other_kind(file: &[u8]) -> Unreadable {
    if file.get(4..8) == Some(b"ftyp") {
        return match file.get(8..12) {
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" | b"avif" | b"avis") => {
                Unreadable::Heic
            }
            Some(b"crx ") => Unreadable::Other("RAW"),
            _ => Unreadable::Kind,
        };
    }
    let kinds: [(&[u8], &str); 9] = [
        // Most raw formats of cameras (DNG, NEF, ARW, CR2) are TIFF.
        (b"II*\0", "TIFF/RAW"),
        (b"MM\0*", "TIFF/RAW"),
        (b"II+\0", "TIFF"),
        (b"IIU\0", "RAW"),
        (b"FUJIFILMCCD-RAW", "RAW"),
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cJXL ", "JPEG XL"),
        (b"8BPS", "PSD"),
        (b"%PDF", "PDF"),
    ];
    let is_bitmap = file.starts_with(b"BM") && file.get(6..10) == Some(&[0; 4]);
    match kinds.iter().find(|(head, _)| file.starts_with(head)) {
        Some((_, kind)) => Unreadable::Other(kind),
        None if is_bitmap => Unreadable::Other("BMP"),
        None => Unreadable::Kind,
    }
}

/// Converts a picture from its embedded color profile (Display P3, Adobe RGB) to sRGB. Returns `None` if the profile is
/// not RGB or is invalid; then the colors stay as they are.
fn in_srgb(picture: &DynamicImage, profile: &[u8]) -> Option<DynamicImage> {
    // A panic on an invalid profile must not reject the picture.
    catch_unwind(AssertUnwindSafe(|| transformed(picture, profile))).ok().flatten()
}

fn transformed(picture: &DynamicImage, profile: &[u8]) -> Option<DynamicImage> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Rgb || !picture.color().has_color() {
        return None;
    }
    let layout = if picture.color().has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(layout, &srgb, layout, TransformOptions::default()).ok()?;
    if layout == Layout::Rgba {
        let mut pixels = picture.to_rgba8();
        let from = pixels.clone();
        transform.transform(&from, &mut pixels).ok()?;
        Some(DynamicImage::ImageRgba8(pixels))
    } else {
        let mut pixels = picture.to_rgb8();
        let from = pixels.clone();
        transform.transform(&from, &mut pixels).ok()?;
        Some(DynamicImage::ImageRgb8(pixels))
    }
}

/// Returns how many bytes per pixel the decoder needs in addition to the decoded picture.
fn beside(file: &[u8], format: ImageFormat) -> u64 {
    match format {
        // Progressive: all coefficients, 2 bytes for each of 3 components.
        ImageFormat::Jpeg if comes_in_scans(file) => 6,
        // Lossy: luma and chroma planes. Others may need a full alpha plane as well.
        ImageFormat::WebP if file.get(12..16) == Some(b"VP8 ") => 2,
        ImageFormat::WebP => 7,
        _ => 0,
    }
}

fn unreadable(error: image::ImageError) -> Unreadable {
    match error {
        image::ImageError::Limits(_) => Unreadable::TooLarge,
        _ => Unreadable::Damaged,
    }
}

/// Scales a picture down until its longer edge has at most `longest` pixels. Blocks the calling thread.
pub fn smaller(body: Vec<u8>, longest: u32) -> Result<Vec<u8>, Unreadable> {
    let (tell, told) = mpsc::sync_channel(1);
    let work = move || {
        let picture = image::load_from_memory(&body);
        let smaller = picture.and_then(|picture| write(&shrunk(picture, longest)));
        let _ = tell.send(smaller.map(|picture| picture.body).map_err(unreadable));
    };
    READER.send(Box::new(work)).map_err(|_| Unreadable::Damaged)?;
    told.recv().unwrap_or(Err(Unreadable::Damaged))
}

fn shrunk(mut picture: DynamicImage, longest: u32) -> DynamicImage {
    let longer = picture.width().max(picture.height());
    if longer <= longest {
        return picture;
    }
    // `resize` needs four times the memory of its input, so large pictures are first scaled with `thumbnail`.
    let near = longest + longest / 2;
    if longer > near {
        picture = picture.thumbnail(near, near);
    }
    picture.resize(longest, longest, FilterType::CatmullRom)
}

fn write(picture: &DynamicImage) -> Result<EncodedPicture, image::ImageError> {
    let (width, height) = (picture.width(), picture.height());
    let mut body = Vec::new();
    let solid = !picture.color().has_alpha() || picture.to_rgba8().pixels().all(|pixel| pixel.0.last() == Some(&255));
    if solid {
        let pixels = picture.to_rgb8();
        JpegEncoder::new_with_quality(&mut body, QUALITY).write_image(
            &pixels,
            width,
            height,
            ExtendedColorType::Rgb8,
        )?;
        return Ok(EncodedPicture { kind: "jpg", width, height, body });
    }
    let pixels = picture.to_rgba8();
    WebPEncoder::new_lossless(&mut body).write_image(&pixels, width, height, ExtendedColorType::Rgba8)?;
    Ok(EncodedPicture { kind: "webp", width, height, body })
}

/// Returns the byte offset at which the picture in the file ends; `None` if the picture is truncated.
fn end_of(file: &[u8], format: ImageFormat) -> Option<usize> {
    match format {
        ImageFormat::Png => end_of_png(file),
        ImageFormat::WebP => end_of_webp(file),
        _ => end_of_jpeg(file),
    }
}

fn number(bytes: Option<&[u8]>, of: fn([u8; 4]) -> u32) -> Option<usize> {
    usize::try_from(of(bytes?.try_into().ok()?)).ok()
}

/// Returns the byte offset at which a PNG ends: chunks are length, name, content and checksum; the last is `IEND`.
fn end_of_png(file: &[u8]) -> Option<usize> {
    let mut at = 8_usize;
    loop {
        let length = number(file.get(at..at.checked_add(4)?), u32::from_be_bytes)?;
        let name = file.get(at + 4..at + 8)?;
        at = at.checked_add(length)?.checked_add(12)?;
        if name == b"IEND" {
            return Some(at);
        }
    }
}

fn end_of_webp(file: &[u8]) -> Option<usize> {
    let length = number(file.get(4..8), u32::from_le_bytes)?;
    let end = length.checked_add(8)?;
    // Some encoders omit the padding byte.
    Some(end.checked_add(length % 2)?.min(end.max(file.len())))
}

/// Returns whether a JPEG is progressive (marker SOF2, 6, 10 or 14), which takes more memory to decode.
fn comes_in_scans(file: &[u8]) -> bool {
    let mut at = 2_usize;
    while let (Some(0xff), Some(mark)) = (file.get(at), file.get(at + 1)) {
        match mark {
            0xc2 | 0xc6 | 0xca | 0xce => return true,
            0xc0 | 0xc1 | 0xc3 | 0xda | 0xd9 => return false,
            0xff => at += 1,
            _ => {
                let length = file.get(at + 2..at + 4).and_then(|length| length.try_into().ok());
                at += 2 + usize::from(length.map_or(0, u16::from_be_bytes));
            }
        }
    }
    false
}

/// Returns the byte offset at which a JPEG ends; `None` if its end is missing. A JPEG consists of segments, each with a
/// marker and a length; after the segment SOS, image data follows up to the next marker.
fn end_of_jpeg(file: &[u8]) -> Option<usize> {
    let mut at = 2_usize;
    loop {
        match (file.get(at)?, file.get(at + 1)?) {
            (0xff, 0xd9) => return Some(at + 2),
            (0xff, 0x00 | 0x01 | 0xd0..=0xd7) => at += 2,
            (0xff, 0xff) => at += 1,
            (0xff, _) => {
                let length: [u8; 2] = file.get(at + 2..at + 4)?.try_into().ok()?;
                at += 2 + usize::from(u16::from_be_bytes(length));
            }
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let picture = DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 7])
        }));
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn a_picture_is_written_anew_and_no_larger_than_pages_show_it() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let picture = read(&file(2000, 1000, format)).unwrap();
            assert_eq!((picture.kind, picture.width, picture.height), ("jpg", 1600, 800), "{format:?}");
            let small = image::load_from_memory(&smaller(picture.body, 400).unwrap()).unwrap();
            assert_eq!((small.width(), small.height()), (400, 200));
        }
    }

    #[test]
    fn what_can_be_seen_through_stays_so() {
        let mut file = Cursor::new(Vec::new());
        let clear = DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(9, 9, image::Rgba([1, 2, 3, 0])));
        clear.write_to(&mut file, ImageFormat::Png).unwrap();
        assert_eq!(read(&file.into_inner()).unwrap().kind, "webp");
    }

    #[test]
    fn what_follows_a_picture_is_dropped_and_what_is_cut_off_is_refused() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let whole = file(300, 300, format);
            let alone = read(&whole).unwrap().body;
            let film = [b"\0\0\0\x18ftypmp42".as_slice(), &[7; 5000]].concat();
            for tail in
                [b"<script>alert(1)</script>".as_slice(), b"\r\n", b"\xff\xd9", b"\xff\xd8\xff\xe0", &film, &whole]
            {
                assert_eq!(read(&[&whole, tail].concat()).unwrap().body, alone, "{format:?}");
            }
            let cut = whole.get(..whole.len() / 2).unwrap();
            assert_eq!(read(cut).err(), Some(Unreadable::Damaged), "{format:?}");
        }
        for nothing in [b"".as_slice(), b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"hello"] {
            assert_eq!(read(nothing).err(), Some(Unreadable::Kind));
        }
    }
    #[test]
    fn other_kinds_are_named() {
        let heic = [b"\0\0\0\x18ftyp".as_slice(), b"heic", &[0; 40]].concat();
        let avif = [b"\0\0\0\x18ftyp".as_slice(), b"avif", &[0; 40]].concat();
        assert_eq!(read(&heic).err(), Some(Unreadable::Heic));
        assert_eq!(read(&avif).err(), Some(Unreadable::Heic));
        assert_eq!(read(b"MM\0*\0\0\0\x08").err(), Some(Unreadable::Other("TIFF/RAW")));
        assert_eq!(read(b"BM\x46\0\0\0\0\0\0\0\x36\0").err(), Some(Unreadable::Other("BMP")));
        assert_eq!(read(b"BMW is a name").err(), Some(Unreadable::Kind));
    }

    /// Returns the file of a picture of one color with this embedded color profile.
    fn of_colour(rgba: [u8; 4], format: ImageFormat, profile: Option<Vec<u8>>) -> Vec<u8> {
        let mut file = Vec::new();
        let rgb: Vec<u8> = [rgba[0], rgba[1], rgba[2]].repeat(64);
        let rgba: Vec<u8> = rgba.repeat(64);
        let profile = profile.unwrap_or_default();
        match format {
            ImageFormat::Jpeg => {
                let mut encoder = JpegEncoder::new_with_quality(&mut file, 100);
                encoder.set_icc_profile(profile).unwrap();
                encoder.write_image(&rgb, 8, 8, ExtendedColorType::Rgb8).unwrap();
            }
            ImageFormat::Png => {
                let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
                encoder.set_icc_profile(profile).unwrap();
                encoder.write_image(&rgba, 8, 8, ExtendedColorType::Rgba8).unwrap();
            }
            _ => {
                let mut encoder = WebPEncoder::new_lossless(&mut file);
                encoder.set_icc_profile(profile).unwrap();
                encoder.write_image(&rgba, 8, 8, ExtendedColorType::Rgba8).unwrap();
            }
        }
        file
    }

    fn colour_of(file: &[u8]) -> [i32; 4] {
        let picture = image::load_from_memory(&read(file).unwrap().body).unwrap().to_rgba8();
        picture.get_pixel(4, 4).0.map(i32::from)
    }

    #[test]
    fn the_colours_of_another_profile_stay_what_they_were() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            // (200, 60, 40) in Display P3 is (218, 41, 23) in sRGB.
            let [r, g, b, a] = colour_of(&of_colour([200, 60, 40, 255], format, Some(p3.clone())));
            assert!(
                (r - 218).abs() < 5 && (g - 41).abs() < 5 && (b - 23).abs() < 5 && a == 255,
                "{format:?} {r} {g} {b}"
            );
            let [r, g, b, _] = colour_of(&of_colour([200, 60, 40, 255], format, None));
            assert!((r - 200).abs() < 4 && (g - 60).abs() < 4 && (b - 40).abs() < 4, "{format:?} {r} {g} {b}");
        }
        assert_eq!(colour_of(&of_colour([200, 60, 40, 128], ImageFormat::Png, Some(p3)))[3], 128);
    }

    #[test]
    fn a_profile_that_is_of_no_use_costs_no_picture() {
        let mut p3 = ColorProfile::new_display_p3().encode().unwrap();
        let mut gray = p3.clone();
        gray[16..20].copy_from_slice(b"GRAY");
        let mut cmyk = p3.clone();
        cmyk[16..20].copy_from_slice(b"CMYK");
        let cut = p3[..p3.len() / 2].to_vec();
        p3[128..].fill(0xff);
        for profile in [gray, cmyk, cut, p3, b"no profile".to_vec(), vec![0; 200]] {
            let [r, ..] = colour_of(&of_colour([200, 60, 40, 255], ImageFormat::Jpeg, Some(profile)));
            assert!((190..=225).contains(&r), "{r}");
        }
    }

    #[test]
    fn a_photo_of_48_million_pixels_is_taken() {
        let photo = DynamicImage::ImageRgb8(image::RgbImage::from_fn(8064, 6048, |x, _| {
            image::Rgb([x.to_le_bytes()[1], 90, 7])
        }));
        let mut file = Cursor::new(Vec::new());
        photo.write_to(&mut file, ImageFormat::Jpeg).unwrap();
        drop(photo);
        let picture = read(&file.into_inner()).unwrap();
        assert_eq!((picture.width, picture.height), (1600, 1200));
    }
}
