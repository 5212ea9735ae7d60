"""Boxes, suppression, precision, grids and masks of notebook 20, against torchvision's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torchvision import ops

from tests.lesson import definitions

NAMES = (
    *("F", "SIDE", "KINDS", "WINDOW", "CELLS", "CELL", "TYPICAL", "PIECE", "FINE"),
    *("one_of", "cut_out", "compose", "box_around", "to_centres", "to_corners", "pairwise_iou"),
    *("keep_best", "clean_up", "find_hits", "precision_and_recall", "average_precision"),
    *("mean_ap", "encode", "decode", "box_loss", "grid_loss", "align_by_hand", "corrections"),
    *("corrected", "unpool", "mask_scores", "three_places", "turned", "brightest", "conv"),
    *("UNet", "SegNet", "backbone"),
)


@pytest.fixture(scope="module")
def lesson():
    # CELLS, CELL, TYPICAL and others are assigned together in one statement
    return definitions("20_detection_and_segmentation", *NAMES)


numbers = st.integers(0, 12)
sizes = st.integers(1, 9)
scores_of_boxes = st.sampled_from([0.1, 0.3, 0.5, 0.5, 0.9])  # few values: many ties


def boxes_of(rows):
    """xyxy with whole numbers, so that equal overlaps and exact thresholds happen often."""
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)
    return torch.cat([table[:, :2], table[:, :2] + table[:, 2:]], dim=1)


some_boxes = st.lists(st.tuples(numbers, numbers, sizes, sizes), max_size=12).map(boxes_of)


@given(a=some_boxes, b=some_boxes)
def test_iou_is_torchvisions(lesson, a, b):
    mine = lesson.pairwise_iou(a, b)
    assert mine.shape == (len(a), len(b))
    torch.testing.assert_close(mine, ops.box_iou(a, b))
    torch.testing.assert_close(mine, lesson.pairwise_iou(b, a).T)


@given(boxes=some_boxes, form=st.sampled_from(["cxcywh", "xywh"]))
def test_conversions_are_torchvisions_and_go_back(lesson, boxes, form):
    centre, size = lesson.to_centres(boxes)
    first = centre if form == "cxcywh" else boxes[:, :2]
    torch.testing.assert_close(
        torch.cat([first, size], dim=1), ops.box_convert(boxes, "xyxy", form)
    )
    torch.testing.assert_close(lesson.to_corners(centre, size), boxes)


@settings(max_examples=300)
@given(data=st.data(), boxes=some_boxes, threshold=st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_nms_is_torchvisions_with_ties_and_without_boxes(lesson, data, boxes, threshold):
    """Thresholds that single precision holds exactly: torchvision compares in double."""
    scores = torch.tensor(
        data.draw(st.lists(scores_of_boxes, min_size=len(boxes), max_size=len(boxes)))
    )
    mine = lesson.keep_best(boxes, scores, threshold)
    assert mine.tolist() == ops.nms(boxes, scores, threshold).tolist()


def test_of_many_equal_scores_the_first_box_stays(lesson):
    boxes = boxes_of([(20 * (k % 10), 0, 9, 9) for k in range(300)])
    scores = torch.full((300,), 0.5)
    assert lesson.keep_best(boxes, scores, 0.5).tolist() == list(range(10))


@given(data=st.data(), boxes=some_boxes)
def test_cleaning_up_is_batched_nms(lesson, data, boxes):
    count = len(boxes)
    scores = torch.tensor(data.draw(st.lists(scores_of_boxes, min_size=count, max_size=count)))
    labels = torch.tensor(
        data.draw(st.lists(st.integers(1, 5), min_size=count, max_size=count)), dtype=torch.long
    )
    left = lesson.clean_up(boxes, scores, labels, lowest=0.0, overlap=0.45)
    kept = ops.batched_nms(boxes, scores, labels, 0.45)
    for mine, whole in zip(left, (boxes, scores, labels), strict=True):
        assert torch.equal(mine, whole[kept])


FAR = boxes_of([(0, 0, 9, 9), (20, 20, 9, 9)])


def test_a_hit_needs_class_place_and_a_free_object(lesson):
    truth = FAR, torch.tensor([1, 2])
    boxes = boxes_of([(0, 0, 9, 9), (0, 0, 9, 8), (20, 20, 9, 9), (20, 20, 9, 9), (40, 0, 9, 9)])
    scores, labels = torch.tensor([0.5, 0.9, 0.8, 0.7, 0.6]), torch.tensor([1, 1, 1, 2, 1])
    hits = lesson.find_hits((boxes, scores, labels), truth)
    assert hits.tolist() == [False, True, False, True, False]
    nothing = lesson.find_hits((boxes[:0], scores[:0], labels[:0]), truth)
    assert nothing.tolist() == []
    bare = lesson.find_hits((boxes, scores, labels), (FAR[:0], torch.tensor([])))
    assert bare.tolist() == [False] * 5


def test_average_precision_by_hand(lesson):
    hits = torch.tensor([1, 0, 1, 1, 0]).bool()
    scores = torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5])
    assert lesson.average_precision(scores, hits, 4) == 0.625
    mixed = torch.tensor([3, 0, 4, 2, 1])
    assert lesson.average_precision(scores[mixed], hits[mixed], 4) == 0.625
    assert lesson.average_precision(scores, torch.ones(5).bool(), 5) == 1
    assert lesson.average_precision(scores[:0], hits[:0], 4) == 0


def test_mean_ap_of_the_truth_is_one_and_doubles_cost(lesson):
    labels = torch.arange(1, 6)
    boxes = boxes_of([(20 * k, 0, 9, 9) for k in range(5)])
    truth = [(boxes, labels)] * 3
    sure = torch.full((5,), 0.9)
    assert lesson.mean_ap([(boxes, sure, labels)] * 3, truth) == 1
    assert lesson.mean_ap([(boxes, sure, labels.flip(0))] * 3, truth) == pytest.approx(0.2)
    twice = torch.cat([boxes, boxes]), torch.cat([sure, sure + 0.05]), labels.repeat(2)
    assert lesson.mean_ap([twice] * 3, truth) == 1  # the doubles come last: sure ones hit first
    first_wrong = torch.cat([boxes + 40, boxes]), torch.cat([sure + 0.05, sure]), labels.repeat(2)
    assert lesson.mean_ap([first_wrong] * 3, truth) == pytest.approx(0.5)


@given(x=st.floats(10, 54), y=st.floats(10, 54), wide=st.floats(2, 20), high=st.floats(2, 20))
def test_encode_and_decode_go_back(lesson, x, y, wide, high):
    box = lesson.to_corners(torch.tensor([[x, y]]), torch.tensor([[wide, high]]))
    targets = lesson.encode(box, torch.tensor([3]))
    assert targets[0].sum() == 1
    assert targets[:, int(y // 8), int(x // 8)][[0, 5]].tolist() == [1, 3]
    back = lesson.decode(targets[None, 1:3], targets[None, 3:5])[0]
    torch.testing.assert_close(back[targets[0].flatten() == 1], box, atol=1e-3, rtol=1e-4)


def test_grid_loss_counts_place_and_name_only_where_an_object_is(lesson):
    targets = lesson.encode(FAR, torch.tensor([1, 4]))[None]
    perfect = torch.zeros(1, 10, 8, 8)
    perfect[:, 0] = 40 * targets[:, 0] - 20
    perfect[:, 1:3] = targets[:, 1:3].logit().clamp(-20, 20)
    perfect[:, 3:5] = targets[:, 3:5]
    names = nn.functional.one_hot((targets[:, 5].long() - 1).clamp(min=0), 5)
    perfect[:, 5:] = 40.0 * names.movedim(-1, 1)
    there = targets[:, 0] == 1
    assert lesson.grid_loss(perfect, targets) < 1e-4
    elsewhere = torch.where(there[:, None], perfect, perfect + 3)
    elsewhere[:, 0] = perfect[:, 0]
    torch.testing.assert_close(
        lesson.grid_loss(elsewhere, targets), lesson.grid_loss(perfect, targets)
    )
    for channel, least in [(0, 9), (3, 5), (8, 9)]:
        wrong = perfect.clone()
        wrong[:, channel] = torch.where(there, perfect[:, channel] * 0 + 50, perfect[:, channel])
        wrong[:, 0] = -wrong[:, 0] if channel == 0 else wrong[:, 0]
        assert lesson.grid_loss(wrong, targets) > least
    two = torch.cat([perfect, perfect + 1]), torch.cat([targets, targets])
    mean = (lesson.grid_loss(perfect, targets) + lesson.grid_loss(perfect + 1, targets)) / 2
    torch.testing.assert_close(lesson.grid_loss(*two), mean)


def test_boxes_come_back_from_corrections(lesson):
    boxes, goals = FAR, FAR + torch.tensor([3.0, -2.0, 5.0, 1.0])
    back = lesson.corrected(boxes, lesson.corrections(boxes, goals))
    torch.testing.assert_close(back, goals.clamp(0, 64))


@given(x=st.floats(0, 40), y=st.floats(0, 40), wide=st.floats(1, 24), high=st.floats(1, 24))
def test_align_by_hand_is_torchvisions(lesson, x, y, wide, high):
    features = torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(0))
    box = torch.tensor([x, y, x + wide, y + high])
    expected = ops.roi_align(features[None], [box[None]], 6, 0.25, sampling_ratio=2, aligned=True)[
        0
    ]
    mine = lesson.align_by_hand(features, box, 6, 0.25)
    torch.testing.assert_close(mine, expected, atol=1e-4, rtol=1e-4)


def test_unpool_is_pytorchs(lesson):
    values = torch.randn(2, 3, 4, 4)
    _, places = nn.functional.max_pool2d(torch.randn(2, 3, 8, 8), 2, return_indices=True)
    assert torch.equal(lesson.unpool(values, places, 8), nn.MaxUnpool2d(2)(values, places))


def test_scenes_are_exact(lesson):
    """A scene's pixels are those of the ground wherever no object is, and boxes hold masks."""
    objects = [torch.full((2, 28, 28), 200, dtype=torch.uint8)]
    objects[0][:, :4] = 0
    for seed in range(20):
        chance = torch.Generator().manual_seed(seed)
        scene, owner, labels = lesson.compose(objects, [torch.full((80, 90), 0.25)], chance)
        assert owner.max() == len(labels)
        assert (labels == 1).all()
        assert len(scene[owner == 0].unique()) == 1
        assert (scene[owner > 0] > 0.35).all()  # the ground is 0.3 at most
        for k in range(1, len(labels) + 1):
            x1, y1, x2, y2 = lesson.box_around(owner == k).int().tolist()
            inside = (owner == k)[y1:y2, x1:x2]
            assert inside.sum() == (owner == k).sum() > 0
            assert inside[0].any()
            assert inside[-1].any()
            assert inside[:, 0].any()
            assert inside[:, -1].any()


def test_mask_scores_by_hand(lesson):
    truth = torch.tensor([[[0, 0, 1, 1], [2, 3, 4, 5]]])
    said = torch.tensor([[[0, 1, 1, 1], [2, 3, 4, 0]]])
    right, iou, objects = lesson.mask_scores(said, truth)
    assert right == pytest.approx(6 / 8)
    torch.testing.assert_close(iou, torch.tensor([1 / 3, 2 / 3, 1, 1, 1, 0]).double())
    assert objects == pytest.approx(5 / 7)


def test_places_turn_with_the_picture(lesson):
    for x, y, angle, scale in [(9, 20, 0.7, 1.0), (14, 3, -0.9, 0.8), (20, 20, 0.0, 0.7)]:
        dot = torch.zeros(1, 1, 28, 28)
        dot[0, 0, y - 1 : y + 2, x - 1 : x + 2] = 1
        how = torch.tensor([angle]), torch.tensor([scale]), torch.tensor([[15.0, 16.5]])
        drawn, moved = lesson.turned(dot, torch.tensor([[[float(x), float(y)]]]), *how)
        rows, columns = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
        ink = drawn[0, 0] / drawn.sum()
        centre = torch.stack([(ink * columns).sum(), (ink * rows).sum()])
        assert (moved[0, 0] - centre).abs().max() < 0.2


def test_three_places_of_a_pair_of_legs(lesson):
    mask = torch.zeros(28, 28, dtype=torch.bool)
    mask[2:10, 8:19] = True
    mask[10:26, 8:12] = True
    mask[10:24, 15:19] = True
    assert lesson.three_places(mask).tolist() == [[13, 2], [8, 25], [18, 23]]


def test_brightest_is_x_then_y(lesson):
    maps = torch.zeros(1, 3, 32, 32)
    for k, (x, y) in enumerate([(3, 9), (31, 0), (0, 31)]):
        maps[0, k, y, x] = 1
    assert lesson.brightest(maps)[0].tolist() == [[3, 9], [31, 0], [0, 31]]


@pytest.mark.parametrize("side", [32, 64])
def test_segmenters_give_logits_for_every_pixel(lesson, side):
    for kind in (lesson.UNet, lesson.SegNet):
        torch.manual_seed(0)
        network = kind(6).eval()
        x = torch.randn(2, 1, side, side)
        assert network(x).shape == (2, 6, side, side)
        network(x).sum().backward()
        assert all(weight.grad is not None for weight in network.parameters())
    coarse = lesson.backbone()(torch.zeros(2, 1, side, side))
    assert coarse.shape == (2, 64, side // 8, side // 8)
