"""Whether stored predictions are what the version's head says of the stored vectors, but for the rounding of the engine that is named."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from modeling.labels import Split
from modeling.ml.stored_head import ROUNDING, Head, probabilities, rounded
from modeling.pipeline.replay_limits import MOST_WIDTH
from modeling.pipeline.replay_lines import Line

if TYPE_CHECKING:
    from modeling.pipeline.bundle_file import BundleFile


@dataclass(frozen=True)
class StoredVersion:
    """One version in a bundle. `engine`: what computed its predictions; `vectors`: the role under which its vectors stand."""

    role: str
    engine: str
    vectors: str
    head: Head

    @classmethod
    def of(cls, bundle: "BundleFile", role: str, stated: dict[str, Any]) -> "StoredVersion":
        head = Head(bundle.array(f"heads/{role}_weight.npy"), bundle.array(f"heads/{role}_bias.npy"))
        if head.weight.shape[1:] > (MOST_WIDTH,) or head.weight.shape[:1] != (3,) or head.bias.shape != (3,):
            raise ValueError(f"the head of {role} has the shape {head.weight.shape}")
        return cls(role, str(stated["engine"]), str(stated["vectors"]), head)

    def logits(self, bundle: "BundleFile", split: Split, head: Head) -> NDArray[np.float64]:
        vectors = bundle.array(f"{split}/vectors_{self.vectors}.npy")
        if vectors.dtype != np.float32 or not np.isfinite(vectors).all():
            raise ValueError(f"the vectors of {self.vectors} on {split} are not finite float32 numbers")
        return head.logits(vectors)

    def line(self, bundle: "BundleFile", split: Split, p: NDArray[np.floating]) -> Line:
        """The bounds are ours and not the bundle's: they must not be able to carry a verdict."""
        allowed = ROUNDING[self.engine]
        apart = np.abs(probabilities(self.logits(bundle, split, self.head)) - p)
        largest, mean = float(apart.max(initial=0)), float(apart.mean()) if len(apart) else 0.0
        return Line(
            f"{split}: predictions of {self.role}, from its vectors and its head",
            f"{len(p):,} comments by {self.engine}",
            f"mean {mean:.1e} apart (up to {allowed.mean:g}, each up to {allowed.largest:g})",
            largest if np.isfinite(largest) else None,
            largest <= allowed.largest and mean <= allowed.mean,
        )

    def rounding(self, bundle: "BundleFile", split: Split, p: NDArray[np.floating]) -> NDArray[np.float64]:
        """(n, 3) what the engine added to the logits of the stored head; `line` says whether it may have."""
        return rounded(p, self.logits(bundle, split, self.head))
