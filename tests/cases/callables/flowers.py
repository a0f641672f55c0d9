"""A team's own functions, as the cases name them. Never imported by a check."""

raise RuntimeError("a check has imported this")


def clean(frame):
    return frame


def two_frames(frame, other):
    return frame


def cost(labels, predictions):
    return float(abs(labels - predictions).sum())


def gain(labels, scores, *, weight=2.0):
    return weight


def of_truth(y_true, y_pred):
    return 0.0


def choose(model, rows, *, options=None, ti):
    return {"model": model}


def tolerant(first, *rest, **more):
    return first


def by_position(value, /, other):
    return value


async def later(value):
    return value


@property
def decorated():
    return None
