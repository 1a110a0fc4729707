//! What the pages of goods behind the counter say.

use super::messages;

messages! {
    goods = "Products", "商品";
    goods_summary(n) = "{n} products, the newest first", "共 {n} 件商品，最新的在前", one "{n} product";
    goods_new = "New product", "新建商品";
    goods_search = "Search by name, slug or SKU code", "按名称、网址名或 SKU 编码搜索";
    goods_search_hint = "Name or code", "名称或编码";
    goods_filter = "Filter", "筛选";
    goods_show = "State", "状态";
    goods_show_all = "All", "全部";
    goods_categories = "Categories", "分类";
    goods_brands = "Brands", "品牌";
    goods_all_categories = "All categories", "全部分类";
    goods_all_brands = "All brands", "全部品牌";
    goods_all = "All products", "全部商品";
    goods_published = "Published", "已上架";
    goods_hidden = "Not published", "未上架";
    goods_none = "No product matches this", "没有符合条件的商品";
    goods_none_hint = "Search by a part of its name or of a SKU’s code, or add a new one.", "请输入名称或 SKU 编码的一部分，或新建商品。";
    goods_price = "Price", "价格";
    goods_skus = "SKUs", "SKU";
    goods_skus_active(active, all) = "{active} of {all} active", "{all} 个中 {active} 个在售";

    goods_name_en = "Name in English", "英文名称";
    goods_name_zh = "Name in Chinese", "中文名称";
    goods_description_en = "Description in English", "英文描述";
    goods_description_zh = "Description in Chinese", "中文描述";
    goods_category = "Category", "分类";
    goods_brand = "Brand", "品牌";
    goods_slug = "Slug", "网址名";
    goods_slug_hint = "Small letters and digits with hyphens between. Left empty, it is made of the English name.", "小写字母和数字，用连字符分隔；留空则由英文名称生成。";
    goods_choose = "Please choose one.", "请选择一项。";
    goods_choose_one = "Choose …", "请选择…";
    goods_name_zh_needed = "A description in Chinese needs a name in Chinese.", "有中文描述时须填写中文名称。";
    goods_slug_wrong(max) = "Small letters and digits with hyphens between, at most {max}, please.", "请用小写字母和数字，以连字符分隔，最多 {max} 个字符。";
    goods_slug_needed = "This name has no letter from A to Z to make a slug of. Please give one, like “tea-cups”.", "此名称中没有可用于网址名的英文字母，请填写一个，例如 tea-cups。";
    goods_slug_taken = "Another product has this slug. Left empty, it is made of the name: please give one of its own.", "该网址名已被其他商品使用。留空时由名称生成，请另填一个。";
    goods_details = "Details", "基本信息";
    goods_create = "Create", "创建";
    goods_new_words = "It begins unpublished: add options, SKUs and pictures, then publish it.", "新商品默认不上架：请先添加选项、SKU 和图片，再上架。";
    goods_created = "Created. Next: options, if it comes in several, and its SKUs.", "已创建。接下来请填写选项（如有多种规格）和 SKU。";
    goods_saved = "Saved.", "已保存。";
    goods_unchanged = "All was so already.", "没有改动。";

    goods_publish = "Publish", "上架";
    goods_take_down = "Take down", "下架";
    goods_is_published = "Published: shoppers can see it now.", "已上架，顾客现在可以看到。";
    goods_is_taken_down = "Taken down: shoppers cannot see it any more.", "已下架，顾客不再能看到。";
    goods_nothing_to_sell = "There is nothing to sell yet: make at least one SKU active.", "还没有可售的 SKU，请至少启用一个。";
    goods_in_shop = "See it in the shop", "在商店查看";
    goods_changed_meanwhile = "Somebody else has edited this product meanwhile. Please look at it again.", "其他人刚刚修改了此商品，请重新查看。";

    goods_options = "Options", "选项";
    goods_options_words = "What tells the SKUs apart, like colour and size. Every combination of values can be a SKU. Empty a name to remove what no SKU is made of.", "区分各 SKU 的属性，如颜色、尺码。每种组合都可以成为一个 SKU。清空名称即可删除尚无 SKU 使用的项。";
    goods_option_number(n) = "Option {n}", "选项 {n}";
    goods_new_option = "New option", "新选项";
    goods_option_en = "Name in English, like “Colour”", "英文名称，如 Colour";
    goods_option_zh = "Name in Chinese, like “颜色”", "中文名称，如“颜色”";
    goods_value_en = "Value in English", "英文值";
    goods_value_zh = "Value in Chinese", "中文值";
    goods_new_values = "New values", "新增值";
    goods_new_values_hint = "One a line, the Chinese after a bar: Blue | 蓝色", "每行一个，竖线后为中文：Blue | 蓝色";
    goods_name_en_needed = "A name in English, please.", "请填写英文名称。";
    goods_values_needed = "At least one value, please.", "请至少填写一个值。";
    goods_value_used = "A SKU is made of this, so it needs a name. To sell it no longer, take the SKU off sale below.", "已有 SKU 使用此值，名称不能为空。如不再销售，请在下方停售该 SKU。";
    goods_value_twice(name) = "“{name}” stands here twice.", "“{name}”重复了。";
    goods_too_many_skus(n, most) = "This makes {n} SKUs; a product has at most {most}.", "这将产生 {n} 个 SKU，每件商品最多 {most} 个。";
    goods_save_options = "Save options", "保存选项";

    goods_skus_words = "A new SKU is made where you give a price. Its stock begins at 0: deliveries bring it in.", "填写价格即新建 SKU。新 SKU 库存为 0，通过进货入库。";
    goods_made_of = "Made of", "规格";
    goods_code = "Code", "编码";
    goods_list_price = "List price", "划线价";
    goods_active = "Active", "在售";
    goods_inactive = "Not active", "停售";
    goods_not_made = "Not made", "未创建";
    goods_code_wrong(max) = "Letters, digits and - _ . / only, at most {max}, please.", "只能用字母、数字和 - _ . /，最多 {max} 个字符。";
    goods_code_twice = "This code stands here twice.", "编码重复了。";
    goods_code_taken(code) = "Another SKU has the code {code}.", "编码 {code} 已被其他 SKU 使用。";
    goods_price_wrong = "Please give an amount like 59.90.", "请输入金额，例如 59.90。";
    goods_list_price_low = "A list price is what it costs elsewhere, so above the price.", "划线价应高于价格。";
    goods_save_skus = "Save SKUs", "保存 SKU";
    goods_look_twice_title = "Are these prices right?", "价格是否正确？";
    goods_look_twice(code, old, new) = "{code}: from {old} to {new}?", "{code}：从 {old} 改为 {new}？";
    goods_look_twice_new(code, new) = "{code}: {new}?", "{code}：{new}？";
    goods_look_twice_words = "Nothing is saved yet. Correct them below, or save once more.", "尚未保存。请在下方更正，或再次保存。";
    goods_save_prices = "Yes, save these prices", "是，保存这些价格";

    goods_prices = "Price changes", "价格变动";
    goods_prices_none = "No price has changed yet.", "价格尚未变动。";

    pictures_title = "Pictures", "图片";
    picture_new = "File", "文件";
    picture_hint = "JPEG, PNG or WebP, at most 10 MB. The first picture is the one that lists show.", "JPEG、PNG 或 WebP，最大 10 MB。第一张用于列表展示。";
    picture_alt = "What it shows, in English", "图片说明（英文）";
    picture_alt_zh = "What it shows, in Chinese", "图片说明（中文）";
    picture_alt_hint = "What it shows is for those who cannot see it. Left empty, it is the product’s name.", "图片说明供无法看到图片的人使用；留空则为商品名称。";
    picture_shows = "SKUs it is for", "适用于";
    picture_shows_all = "All SKUs", "全部 SKU";
    picture_add = "Add picture", "添加图片";
    picture_up = "Earlier", "前移";
    picture_down = "Later", "后移";
    picture_remove_sure = "Delete this picture?", "确定删除这张图片吗？";
    picture_added = "Picture added.", "图片已添加。";
    picture_moved = "Picture moved.", "图片已移动。";
    picture_removed = "Picture removed.", "图片已删除。";
    picture_gone = "This picture is no longer there: somebody else has removed it meanwhile.", "该图片已不存在，可能已被他人删除。";
    picture_busy = "Many pictures are being read at the moment. Please try again in a minute.", "当前正在处理较多图片，请稍后再试。";
    picture_needed = "Please choose a picture that is not empty.", "请选择一张图片，文件不能为空。";
    picture_too_many_bytes = "This file is larger than 10 MB. Please save the photo smaller (2,000 pixels at the longer edge are enough) or at a lower quality, and try again.", "文件超过 10 MB。请将照片缩小（长边 2000 像素即可）或降低画质后另存，再重新上传。";
    picture_too_many_pixels(millions) = "This picture has more than {millions} million pixels, or needs too much memory to be read. Please make it smaller (2,000 pixels at the longer edge are enough), save it as a JPEG, and try again.", "图片超过 {millions} 百万像素，或读取所需内存过大。请缩小图片（长边 2000 像素即可）并另存为 JPEG 后再上传。";
    picture_kind = "This is no JPEG, PNG or WebP picture, whatever its name says.", "此文件不是 JPEG、PNG 或 WebP 图片（以内容为准）。";
    picture_damaged = "This picture is damaged, or the file is cut off.", "图片已损坏或文件不完整。";
    picture_heic = "This is a HEIC, HEIF or AVIF photo, which many browsers do not show. On an iPhone choose Settings > Camera > Formats > Most Compatible for new photos, or export this one as a JPEG, and try again.", "这是 HEIC、HEIF 或 AVIF 照片，许多浏览器无法显示。请在 iPhone 的“设置 > 相机 > 格式”中选择“兼容性最佳”后重新拍摄，或将这张照片导出为 JPEG 后再上传。";
    picture_other_kind(kind) = "This is a {kind} file, which browsers do not show. Please export it as a JPEG or PNG and try again.", "这是 {kind} 文件，浏览器无法显示。请导出为 JPEG 或 PNG 后再上传。";
    picture_too_many(n) = "A product has at most {n} pictures.", "每件商品最多 {n} 张图片。";

    goods_both_versions = "Somebody else has saved this meanwhile", "其他人已先行保存";
    goods_both_versions_words = "Nothing of yours is saved yet. Below stands what you typed. Save it to put it over theirs, change it first, or take theirs.", "您的修改尚未保存。下方仍是您填写的内容：再次保存将覆盖对方的版本，也可先修改，或采用对方的版本。";
    goods_field = "Field", "字段";
    goods_mine = "Yours", "您的";
    goods_theirs = "Theirs", "对方的";
    goods_take_theirs = "Take theirs", "采用对方的";
    goods_save_mine = "Save mine", "保存我的";
    goods_no_difference = "Both say the same in this part.", "此部分内容一致。";
}
