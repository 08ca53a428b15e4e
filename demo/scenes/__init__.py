"""The scenes demo pictures are drawn from, and which topics each of them stands for.

A scene draws on a canvas from the back to the front, takes every choice from the canvas's own generator
and uses only its five inks and tints between them, so that any two pictures on a page sit well together.
"""

from collections.abc import Callable

from demo.canvas import Canvas
from demo.scenes import affairs, culture, infrastructure, landscapes, sport, table, technology

SCENES: dict[str, Callable[[Canvas], None]] = {
    "hills": landscapes.hills,
    "sea": landscapes.sea,
    "skyline": infrastructure.skyline,
    "mountains": landscapes.mountains,
    "planet": landscapes.planet,
    "turbines": infrastructure.turbines,
    "harbour": infrastructure.harbour,
    "chip": technology.chip,
    "chart": affairs.chart,
    "robot": technology.robot,
    "molecule": technology.molecule,
    "network": technology.network,
    "vault": affairs.vault,
    "pitch": sport.pitch,
    "cycling": sport.cycling,
    "bookshelf": culture.bookshelf,
    "still_life": table.still_life,
    "concert": culture.concert,
    "cinema": culture.cinema,
    "contours": affairs.contours,
    "parliament": affairs.parliament,
}

SUBJECTS = {
    "hills": "nature environment agriculture farming wildlife countryside weekend",
    "sea": "climate ocean oceans sea weather fisheries water",
    "skyline": "business cities city housing property companies startups company work jobs world",
    "mountains": "travel outdoors glaciers alps winter skiing hiking",
    "planet": "space astronomy physics spaceflight nasa esa universe",
    "turbines": "energy power wind electricity grid renewables solar",
    "harbour": "trade economy shipping logistics industry ports tariffs transport",
    "chip": "chips semiconductors hardware electronics computing technology tech gadgets",
    "chart": "markets finance stocks banks banking money economics inflation crypto",
    "robot": "robotics robots manufacturing automation",
    "molecule": "medicine health science biology chemistry pharma biotech research",
    "network": "ai software internet data programming neuroscience web llm",
    "vault": "security cybersecurity privacy defence crime law courts justice",
    "pitch": "football sport sports soccer rugby olympics athletics",
    "cycling": "cycling bikes bike mobility",
    "bookshelf": "books literature education history culture libraries opinion media",
    "still_life": "food cooking recipes restaurants drink life art lifestyle",
    "concert": "music concerts jazz pop opera audio",
    "cinema": "film cinema movies television tv theatre streaming entertainment",
    "contours": "maps geography geology archaeology conflict exploration europe asia africa",
    "parliament": "politics elections election parliament government policy eu democracy",
}
SCENE_BY_WORD = {word: scene for scene, words in SUBJECTS.items() for word in words.split()}


def scene_for(subject: str) -> str | None:
    """Find the scene for a topic's name; the first of its words that we know decides."""
    words = subject.lower().replace("-", " ").replace(",", " ").split()
    return next((SCENE_BY_WORD[word] for word in words if word in SCENE_BY_WORD), None)
