"""Thresholds of the stages of one photo."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """What is taken in, and how large it is decoded."""

    max_bytes: int = 64 * 1024 * 1024
    """A larger picture is refused; the largest phone photo seen is 3.7 MB."""
    max_pixels: int = 120_000_000
    """A picture of more pixels is refused before it is decoded (decompression bombs)."""
    max_pages: int = 500
    """Pages of one PDF or frames of one TIFF that are looked at."""
    max_members: int = 100_000
    """Members of one zip that are looked at."""
    min_side_px: int = 240
    """A smaller picture cannot show a whole page that a person could read."""
    reading_long_side_px: int = 1900
    """Photos are halved while decoding as long as the long side stays at least this long: 1900 px
    over a sheet of 900 mm are 42 px per 20 mm box, as much as the digit model takes in."""
    pdf_dpi_long_side_px: int = 2400
    """Long side to which a PDF page is drawn."""
    max_jpeg_scans: int = 128
    """Scans of one JPEG; encoders write 10, and each costs a pass over the whole picture."""
    passed_over: tuple[str, ...] = (
        *(".json", ".jsonl", ".csv", ".txt", ".md", ".xml", ".html", ".ini", ".db"),
        *(".sqlite", ".sqlite-wal", ".sqlite-shm", ".sqlite-journal"),
    )
    """Endings of files inside folders and zips that stand beside photos and are silently left out."""


@dataclass(frozen=True, slots=True)
class DeskewSettings:
    """At what size a photo is searched for its page."""

    side_px: int = 1500
    """Long side of the search picture: 1.6 px per mm where the sheet fills the photo."""
    tag_side_px: int = 1100
    """Long side at which the AprilTag is looked for; a tag of 32 mm is then 30 px or more."""
    founded_points: int = 4
    """A pose resting on a tag and so many points in all leaves nothing to look for in the ruled lines."""
    light_cells: int = 24
    """The paper's brightness is taken from cells of one in so many of the long side."""
    least_light: float = 0.35
    """Cells darker than this part of the brightest are background, not paper in shadow."""


@dataclass(frozen=True, slots=True)
class RectifySettings:
    """How perspective is taken out by the ruled lines."""

    segment_side_px: int = 640
    """Long side of the picture in which line segments are looked for."""
    least_segment: float = 0.02
    """Of the long side; shorter segments are letters."""
    most_segments: int = 500
    least_segments: int = 20
    family_rad: float = 0.6
    """Half width of a family of directions: lines of one direction fan out by that at a steep angle."""
    agree_rad: float = 0.03
    least_agreement: float = 0.35
    steepest: float = 0.75
    """Slope of the horizon, per half long side, beyond which the far edge is unreadable."""
    least_axes_angle: float = 0.6
    """Sine of the angle left between the two directions."""
    most_side_px: int = 2200


@dataclass(frozen=True, slots=True)
class MarkSettings:
    """How registration marks are looked for, in pixels of the search picture."""

    sides_px: tuple[float, ...] = (5.0, 6.5, 8.4, 11.0, 14.3, 18.6, 24.2)
    """Sides of one square; 7 mm squares are 4 px on a sheet 400 px wide, 21 px on one of 1800."""
    halve_above_px: float = 8.0
    """Larger squares are looked for in a halved picture, which costs a quarter."""
    least_contrast: float = 0.12
    """Of the paper's level; printed black on photos in the dark still shows 0.3."""
    same_answer: float = 0.82
    """Part of the best window's contrast that a larger window must reach to stand for the mark's size."""
    most_per_size: int = 50
    most: int = 40


@dataclass(frozen=True, slots=True)
class PoseSettings:
    """How marks and tags become poses."""

    most_marks: int = 28
    """Strongest marks of a photo that are tried; a sheet has six at most."""
    most_seeds: int = 80
    most_seeds_without_tag: int = 30
    """Pairs of marks tried as the base of a pose; fewer for a tagged sheet whose tag is not seen."""
    least_baseline_mm: float = 150.0
    """Two points closer than this fix nothing far away."""
    size_ratio: float = 1.7
    """By how much a mark may be larger or smaller than the baseline's scale says."""
    least_turn_sense: float = 0.5
    """|cos 2 turn|: within 30 degrees of upright or of a quarter turn, else the marks' polarity is unsure."""
    tag_turn_rad: float = 0.35
    growth_reach: tuple[float, ...] = (0.10, 0.06, 0.025)
    """How far from its prediction a further mark may lie, in parts of the layout's diagonal."""
    size_misfit: float = 0.35
    place_misfit: float = 0.15
    """What a mark loses of its worth per unit of log size, and per its own side of distance."""
    same_pose_px: float = 12.0
    per_page: int = 30
    tolerance_mm: tuple[float, ...] = (8.0, 5.0, 6.0, 7.0, 6.0, 6.0)
    """How far printed lines may lie from a pose resting on one, two, three ... points: sheets curl
    by up to 5 mm between the marks."""


@dataclass(frozen=True, slots=True)
class RulingSettings:
    """How a page is looked for by its ruled lines alone, in pixels of the search picture."""

    side_px: int = 1000
    thickness_px: int = 5
    """A ruled line is thinner than this; bars and shadows are not."""
    least_contrast: tuple[float, float] = (4.0, 8.0)
    """Grey levels against both sides, of 200 for the paper, on the faintest photo and on a usual one."""
    faint_share: float = 0.6
    """Of the contrast that a twentieth of the picture reaches."""
    stroke: float = 0.4
    """Of the least run: longer than a stroke of a letter."""
    least_run_px: int = 9
    least_run: float = 0.025
    """Of the long side: longer than any letter."""
    peak_px: int = 5
    half_length: float = 0.15
    """Length of line, in parts of the picture's width, that has half of a full say."""
    peaks: int = 20
    least_peak: float = 0.02
    """Length of line, in parts of the picture's width, that makes a peak."""
    reach_px: int = 3
    """A printed line is taken for seen this near."""
    sheet_slack: float = 0.02
    """How far past its edge, in parts of its size, lines still count as the sheet's own."""
    drawn_steps: int = 12
    """Points by which a printed line follows the bend of the sheet."""
    sample_share: float = 0.02
    """Step of the samples along a printed line, in parts of the page's width."""
    axis_fits: int = 10
    plane_guesses: int = 16
    """Guesses per axis, and put together per turn; of 168 right ones by both axes the worst was the twelfth."""
    most_laid: int = 28
    """Pages at a turn that are looked at on the plane, likeliest first; the worst right one was the nineteenth."""
    most_aspect: float = 1.7
    """Foreshortening: how much larger one axis may be seen than the other."""
    least_apart: float = 0.3
    printed_pairs: int = 40
    least_span: float = 0.15
    most_span: float = 1.8
    """Extent of the printed lines in parts of the picture; over 1 where the photo cuts the page."""
    unseen_power: float = 0.5
    """How much is taken off for lines outside the picture."""
    first_places: int = 8
    most_guesses: int = 400
    most_places: int = 28
    """Printed lines by which a guess along one axis is judged, weightiest first: by a few of them at first, and the
    best ``most_guesses`` by all."""
    same_axis_px: float = 6.0
    least_inside: float = 0.4
    most_chance: float = 0.9
    size_power: float = 0.4
    least_score: float = 0.1
    clear_score: float = 0.8
    """A pose of this score leaves no need to search patiently."""
    same_pose_px: float = 8.0
    per_page: int = 2
    tolerance_share: float = 0.01
    anchor_step: int = 7


@dataclass(frozen=True, slots=True)
class RidgeSettings:
    """When a dark ridge is taken for a printed line."""

    samples: int = 9
    """Samples along a piece of line."""
    ridge_mm: float = 2.0
    """How far beside a line the paper is looked at; lines are 0.7 to 1.1 mm wide."""
    least_contrast: float = 0.035
    """Of the paper's level; thin printed lines on the palest photo show 0.05."""
    least_ridge: float = 2.5
    """In units of the profile's own noise."""


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How a page is registered to its printed lines. A mm here is 1/600 of the sheet's width, as on a plano."""

    sheet_width: float = 600.0
    ridge: RidgeSettings = RidgeSettings()

    piece_mm: float = 30.0
    coarse_step_mm: float = 0.8
    fine_step_mm: float = 0.4
    rough_step_mm: float = 1.2
    nearness: float = 0.7
    """Spread of the preference for near ridges, in parts of the search reach."""
    vote_radius_mm: float = 220.0
    vote_reach_mm: float = 6.0
    """Only lines with at least twice this much clearance have a vote."""
    vote_slopes: tuple[tuple[float, float], ...] = ((0.14, 0.06), (0.06, 0.04), (0.03, 0.03))
    """Stretch and shear (mm per mm) voted on for poses resting on two, three, four or more points."""
    vote_rounds: tuple[tuple[float, float], ...] = ((2.0, 0.02), (0.0, 0.005))
    """How much ridges are widened (mm) and the grid of slopes, per round of voting."""
    vote_ridge: float = 6.0
    """Ridge, in units of noise, that has half a vote."""
    vote_prior: float = 0.02
    least_pieces: int = 12
    regrowths: int = 3
    lost_score: float = 0.3
    settled_score: float = 0.72
    """A fit below the one score is not worth another growth, a fit above the other needs none."""
    clear_of: float = 0.6
    """Part of its clearance within which a ridge is taken for a line."""
    growth: tuple[tuple[float, float], ...] = tuple(
        (radius, reach) for radius in (160, 200, 250, 310, 390, 480, 600, 9999) for reach in (8.0, 4.0)
    )
    """Rounds of the homography's fit: distance from the anchors within which lines are used, and
    how far they are searched for, both in mm."""
    founded_points: int = 4
    founded_rounds: int = 4
    """A pose resting on so many points needs only the last rounds."""
    perspective_stiffness: float = 0.0005
    bend_rounds: tuple[tuple[float, int], ...] = ((8.0, 6), (6.0, 6), (5.0, 10), (3.2, 10), (2.4, 15), (1.6, 15))
    """Search reach in mm and number of polynomial terms of each round of fitting."""
    stiffness: float = 0.002
    least_third_mm: float = 60.0
    """Printed length that a third of the page must show of a direction to be judged by it."""
    found_mm: float = 0.8
    """A printed line counts as found when it lies this near."""


@dataclass(frozen=True, slots=True)
class IdentifySettings:
    """Which page is taken for identified. Scores are shares of the printed length that was found."""

    most_poses: int = 48
    """Poses by tag or marks that are looked at roughly."""
    most_fits: int = 6
    most_fits_of_one: int = 2
    """Poses of one ground that are fitted, likeliest first, in all and of one page."""
    close_score: float = 0.97
    """A pose of at least this part of the score of one that settled the matter is looked at too."""
    settled_score: float = 0.72
    tagged_score: float = 0.55
    """Enough to settle a page whose own tag the pose rests on."""
    least_score: float = 0.45
    """The worst right registration of 214 photos of 2020 scores 0.53, the best wrong one 0.40."""
    least_box_score: float = 0.2
    least_shown: float = 0.4
    """Share of the printed length within the photo; a piece of a page could be a piece of another."""
    least_weakest: float = 0.12
    """Registrations off by a column mostly have a third in which nothing fits; right ones of 2020 begin at 0.16."""
    clear_likeness: float = 0.75
    least_likeness: float = 0.6
    """Below the one the lines leave a doubt: wrong pages and wrong places reach 0.68. Its own tag, its marks or its
    form's name in its head must then bear the page out, down to the other."""
    mark_reach_mm: float = 8.0
    least_marks: int = 2
    """How near a mark must be to where the lines put it, and how many of the page's marks must be there. Pins and
    crops hide corner marks; forty marks strewn over a sheet come so near to two of six places once in 300 times."""
    least_lead: float = 0.12
    """By how much the best page must be ahead of the best page of another form or number."""


@dataclass(frozen=True, slots=True)
class HeadingSettings:
    """How the head of a sheet is read where its lines leave a doubt."""

    share: float = 0.2
    """Of the sheet's height."""
    width_px: int = 1700
    least_alike: float = 0.85
    """Of the letters of a model name; below, it is not there."""
    year_letters: float = 4.0
    """What the right year counts, in letters of a model name; another year counts as much against."""


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """Which part of a box that is not square is cut out."""

    least_aspect: float = 1.15
    """Longer side of a box in parts of the shorter one, from which it is looked where the writing stands."""
    side_px: int = 96
    """To which the shorter side is drawn; all pixels here are of this drawing."""
    border: float = 0.08
    """Left out at every edge, in parts of the shorter side: the printed border."""
    room: float = 1.5
    """Size of the window, in parts of the writing's."""
    paper_percentile: float = 70.0
    ink_percentile: float = 99.5
    least_ink: float = 0.4
    """Darkness of a stroke, in parts of the darkest ink."""
    least_contrast: float = 12.0
    noise: float = 4.5
    """Darkness of a stroke in grey levels, and in parts of the paper's median deviation."""
    least_stroke_px: int = 12


@dataclass(frozen=True, slots=True)
class BoxSettings:
    """How digit boxes are found and confirmed on their own printed border."""

    ridge: RidgeSettings = RidgeSettings(ridge_mm=1.4, samples=7, least_contrast=0.03, least_ridge=2.0)
    shift_mm: tuple[float, float] = (3.5, 7.0)
    """How far (x, y) a number's row of boxes may lie from where the page's warp says."""
    own_shift_mm: tuple[float, float] = (1.2, 1.2)
    """How far a single box may lie from its row."""
    nearness: float = 0.9
    """Spread of the preference for near ridges, in parts of the search reach."""
    one_edge: float = 0.25
    """What an edge counts by itself, beside the weaker one of two opposite edges."""
    step_mm: float = 0.3
    parts: int = 3
    """Pieces an edge is cut into, so that a stroke across it hides only one."""
    found_mm: float = 0.7
    least_border: float = 0.45
    """Least score of a confirmed box. Level edges that are all there and no upright one make 0.25."""
    least_confirmed: float = 0.6
    """Share of a page's boxes that must be confirmed for the page to be read."""
    crop_px: int = 48
    margin: float = 0.125
    """Paper kept around the box, in parts of the box on each side."""
    window: WindowSettings = WindowSettings()


CAPTURE = CaptureSettings()
DESKEW = DeskewSettings()
RECTIFY = RectifySettings()
MARKS = MarkSettings()
POSES = PoseSettings()
RULING = RulingSettings()
PATIENT_RULING = RulingSettings(printed_pairs=80, peaks=28, most_guesses=1000)
LINES = LineSettings()
IDENTIFY = IdentifySettings()
HEADING = HeadingSettings()
BOXES = BoxSettings()
