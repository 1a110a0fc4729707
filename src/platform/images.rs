//! Pictures from outside: read with care, made small, and written anew, so that nothing of the file that came is kept but
//! what can be seen.

use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, webp::WebPEncoder},
    imageops::FilterType,
};
use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{LazyLock, mpsc},
    thread,
};
use tokio::sync::oneshot;

/// The most bytes of a file.
pub const MOST_BYTES: u64 = 10 * 1024 * 1024;
/// The most pixels of a picture; cameras of telephones make fewer.
pub const MOST_PIXELS: u64 = 40_000_000;
/// The most memory that reading one may take, in bytes; an uploader whose picture takes more is told to make it smaller.
const MOST_MEMORY: u64 = 160 * 1024 * 1024;
/// The longer edge of the largest size that is kept.
const LARGEST: u32 = 1600;
/// Of JPEG: what nobody sees the difference of.
const QUALITY: u8 = 82;

type Work = Box<dyn FnOnce() + Send>;

/// One thread reads all pictures, one after the other: each may take [`MOST_MEMORY`], and of what a thread gives back, the
/// allocator keeps much for that thread.
static READER: LazyLock<mpsc::Sender<Work>> = LazyLock::new(|| {
    let (hand_over, work) = mpsc::channel::<Work>();
    let started = thread::Builder::new().name("pictures".to_owned()).spawn(move || {
        for work in work {
            // Whoever waits for it is told by the end of their channel.
            let _ = catch_unwind(AssertUnwindSafe(work));
        }
    });
    if let Err(error) = started {
        tracing::error!(%error, "pictures cannot be read");
    }
    hand_over
});

/// A picture as it is kept.
#[derive(Clone, Debug)]
pub struct Picture {
    /// `jpg`, or `webp` where something can be seen through it.
    pub kind: &'static str,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The file.
    pub body: Vec<u8>,
}

/// Why a file is no picture for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no JPEG, PNG or WebP, whatever it is called.
    Kind,
    /// More than [`MOST_PIXELS`], or more than can be read in bounded memory.
    TooLarge,
    /// It ends too early, or is damaged.
    Damaged,
    /// Something else follows the picture in the same file.
    More,
}

/// Reads a file, of whatever kind it says by itself, and writes it anew, its longer edge at most 1600 pixels.
///
/// # Errors
/// It is no picture that can be read.
pub async fn take_in(file: Vec<u8>) -> Result<Picture, Unreadable> {
    let (tell, told) = oneshot::channel();
    let work = move || {
        if !tell.is_closed() {
            let _ = tell.send(read(&file));
        }
    };
    READER.send(Box::new(work)).map_err(|_| Unreadable::Damaged)?;
    told.await.unwrap_or(Err(Unreadable::Damaged))
}

fn read(file: &[u8]) -> Result<Picture, Unreadable> {
    let format = match image::guess_format(file) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => format,
        _ => return Err(Unreadable::Kind),
    };
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS || decoder.total_bytes() + pixels * beside(file, format) > MOST_MEMORY {
        return Err(Unreadable::TooLarge);
    }
    let orientation = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    // Of a JPEG that ends too early, the decoder makes up the rest.
    let rest = behind(file, format).ok_or(Unreadable::Damaged)?;
    let another = format == ImageFormat::Jpeg && rest.starts_with(&[0xff, 0xd8, 0xff]);
    if !another && rest.iter().any(|byte| *byte != 0) {
        return Err(Unreadable::More);
    }
    // Turned when it is small: turning makes a second one beside it.
    picture = shrunk(picture, LARGEST);
    picture.apply_orientation(orientation);
    write(&picture).map_err(unreadable)
}

/// How many bytes for each pixel the decoder keeps beside the picture itself.
fn beside(file: &[u8], format: ImageFormat) -> u64 {
    match format {
        // All coefficients of one that comes in several scans; two bytes each, and at most one for each colour of a pixel.
        ImageFormat::Jpeg if comes_in_scans(file) => 6,
        // The planes of brightness and colours, and with a layer of transparency that one too, whole.
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

/// The picture with its longer edge at most so long.
///
/// # Errors
/// It cannot be read or written; what [`take_in`] gives can.
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
    // The fine way takes four times the memory of what it reads; so a large picture comes most of the way by the rough one.
    let near = longest + longest / 2;
    if longer > near {
        picture = picture.thumbnail(near, near);
    }
    picture.resize(longest, longest, FilterType::CatmullRom)
}

fn write(picture: &DynamicImage) -> Result<Picture, image::ImageError> {
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
        return Ok(Picture { kind: "jpg", width, height, body });
    }
    let pixels = picture.to_rgba8();
    WebPEncoder::new_lossless(&mut body).write_image(&pixels, width, height, ExtendedColorType::Rgba8)?;
    Ok(Picture { kind: "webp", width, height, body })
}

/// What follows the picture. Cameras put more pictures of the same there, or nought after nought. `None` where it does not end.
fn behind(file: &[u8], format: ImageFormat) -> Option<&[u8]> {
    let end = match format {
        ImageFormat::Png => end_of_png(file)?,
        ImageFormat::WebP => end_of_webp(file)?,
        _ => end_of_jpeg(file)?,
    };
    file.get(end..)
}

fn number(bytes: Option<&[u8]>, of: fn([u8; 4]) -> u32) -> Option<usize> {
    usize::try_from(of(bytes?.try_into().ok()?)).ok()
}

/// Chunks of length, name, content and a sum, the last named `IEND`.
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
    length.checked_add(8 + length % 2)
}

/// Whether a JPEG says so at its head: its frame is of one of the progressive kinds.
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

/// Segments of a mark and a length; after the one that begins a scan come pixels, until a mark that is none of theirs.
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
    fn what_is_cut_off_or_followed_by_something_else_is_refused() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let whole = file(300, 300, format);
            let more = [whole.as_slice(), b"<script>alert(1)</script>"].concat();
            assert_eq!(read(&more).err(), Some(Unreadable::More), "{format:?}");
            let cut = whole.get(..whole.len() / 2).unwrap();
            assert_eq!(read(cut).err(), Some(Unreadable::Damaged), "{format:?}");
        }
        for nothing in [b"".as_slice(), b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"hello"] {
            assert_eq!(read(nothing).err(), Some(Unreadable::Kind));
        }
    }
}
