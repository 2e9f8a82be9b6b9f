"""Maps from the score's derivative by the words' embeddings: gradient x input, and integrated gradients."""

import torch

from modeling.ml.attribution.reading import Reading
from modeling.ml.attribution.spans import Attribution
from modeling.ml.classifier import Classifier
from modeling.ml.optimizer import attention

COMPLETE = 0.02
"""What integrated gradients may miss of the difference that they should add up to."""
NEGLIGIBLE = 5e-4
"""Of the score: a difference this small need not be met to two in a hundred."""
FIRST_STEPS, MOST_STEPS = 16, 128
_TOKENS_AT_ONCE = 1_024
"""A step holds the attention of all layers and its gradient: 64 steps of 160 tokens at once took 3 GB."""


def gradient_x_input(classifier: Classifier, text: str) -> Attribution:
    """Each token's embedding times the gradient of the toxicity score by it: a first guess at what the token adds, with its sign."""
    reading = Reading.of(classifier, text)
    embeddings = reading.embeddings().requires_grad_()
    with attention(classifier.module, "eager"):
        probabilities = torch.softmax(reading.logits_of(embeddings), dim=1)
        (gradient,) = torch.autograd.grad(probabilities[0, 1] / 2 + probabilities[0, 2], embeddings)
    return Attribution(reading.spans((gradient * embeddings).sum(dim=2)[0].detach().numpy()), probabilities[0].tolist())


def integrated_gradients(classifier: Classifier, text: str) -> Attribution:
    """Gradients summed on the straight way from the text with all of its words masked to the text (Sundararajan et al. 2017, by Captum).

    Complete: the spans add up to the difference of the two scores. Steps are doubled until that holds within 2 %, at most to 128; what is
    still missing comes along as `convergence_delta`. What was masked for privacy, and punctuation, is the same at both ends and gets nothing.
    """
    from captum.attr import IntegratedGradients

    reading = Reading.of(classifier, text)
    whole, start = reading.embeddings(), reading.masked_embeddings()
    with attention(classifier.module, "eager"):
        with torch.inference_mode():
            logits = reading.logits_of(torch.cat([whole, start]))
            probabilities = torch.softmax(logits, dim=1)
            difference = float(probabilities[0, 1] / 2 + probabilities[0, 2] - probabilities[1, 1] / 2 - probabilities[1, 2])
        engine, steps = IntegratedGradients(reading.scores_of), FIRST_STEPS
        at_once = max(1, _TOKENS_AT_ONCE // whole.shape[1])
        while True:
            found = engine.attribute(whole, start, n_steps=steps, internal_batch_size=at_once).sum(dim=2)[0].numpy()
            delta = float(found.sum()) - difference
            if abs(delta) <= max(COMPLETE * abs(difference), NEGLIGIBLE) or steps >= MOST_STEPS:
                break
            steps *= 2
    return Attribution(reading.spans(found), probabilities[0].tolist(), delta, difference)
