"""What people type when they look for a place: pinyin, initials, traditional characters."""

from __future__ import annotations

from functools import cache

import pypinyin

# The characters of China's divisions that differ in traditional script (after OpenCC, Apache-2.0).
SIMPLIFIED = (
    "万东临丽义乌乐乡云亚伦余兰关兴内冈农凉则别区华卫厦县双台吕吴咸图坝壮头娄宁宝宾尔岗岛岩岭岳峡"
    "峰广庄庆开张彦怀扬抚无晋来杨枣树毕汉沧泸泽济温湾滨潍潜烟玛琼盐盘红纳绍绥维绵肃节芜芦苏荆营萨许"
    "贝贡贵贺资赣边辽达迁迈运远连郑郸里钦铁铜银锡锦镇长门阳陇陕随顶顺颇饶马驻鲁鲜鸡鸭鹤鹰黄齐龙"
)
TRADITIONAL = (
    "萬東臨麗義烏樂鄉雲亞倫餘蘭關興內岡農涼則別區華衛廈縣雙臺呂吳鹹圖壩壯頭婁寧寶賓爾崗島巖嶺嶽峽"
    "峯廣莊慶開張彥懷揚撫無晉來楊棗樹畢漢滄瀘澤濟溫灣濱濰潛煙瑪瓊鹽盤紅納紹綏維綿肅節蕪蘆蘇荊營薩許"
    "貝貢貴賀資贛邊遼達遷邁運遠連鄭鄲裏欽鐵銅銀錫錦鎮長門陽隴陝隨頂順頗饒馬駐魯鮮雞鴨鶴鷹黃齊龍"
)
_TO_TRADITIONAL = str.maketrans(SIMPLIFIED, TRADITIONAL)
# Words for the kind of place: longer ones first.
KINDS = (
    "特别行政区",
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "自治区",
    "自治州",
    "地区",
    "林区",
    "省",
    "市",
    "盟",
    "县",
)


def typed_names(name: str | None) -> list[str]:
    """List what else people type for a Chinese name.

    Parameters
    ----------
    name : str or None
        In simplified characters; another script has no pinyin.

    Returns
    -------
    list of str
        Without its kind: the name itself, pinyin without tones (ü as v and as u), its initials,
        and the name in traditional characters.

    Examples
    --------
    >>> typed_names("吕梁市")
    ['吕梁', 'lvliang', 'luliang', 'll', '呂梁', '呂梁市']
    >>> typed_names("Älvdalen")
    []
    """
    if not name or not all("一" <= letter <= "鿿" for letter in name):
        return []
    short = next(
        (
            name.removesuffix(kind)
            for kind in KINDS
            if name.endswith(kind) and len(name) > len(kind) + 1
        ),
        name,
    )
    syllables = [
        one[0] for one in pypinyin.pinyin(short, style=pypinyin.Style.NORMAL, v_to_u=False)
    ]
    spelt = "".join(syllables)
    initials = "".join(syllable[0] for syllable in syllables)
    found = [
        short,
        spelt,
        spelt.replace("v", "u"),
        initials,
        _traditional(short),
        _traditional(name),
    ]
    return list(dict.fromkeys(one for one in found if one != name))


@cache
def _traditional(name: str) -> str:
    return name.translate(_TO_TRADITIONAL)
