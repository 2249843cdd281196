# /// script
# requires-python = ">=3.11"
# dependencies = ["fonttools"]
# ///
"""Keep of one font only the characters that another lacks: subset_font.py MAIN.ttf OTHER.ttf OUT.ttf.

Names hold rare forms of characters (𠮷, 﨟); the font of our sheets has the common ones.
`make vendor` runs this.
"""

import sys

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

main, other, out = sys.argv[1:]
wanted = set(TTFont(other).getBestCmap()) - set(TTFont(main).getBestCmap())
options = Options(
    layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"], name_languages=["*"]
)
font = TTFont(other, recalcTimestamp=False)
subsetter = Subsetter(options)
subsetter.populate(unicodes=wanted)
subsetter.subset(font)
font.save(out)
print(f"{out}: {len(wanted)} characters")
