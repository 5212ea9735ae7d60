"""PyTorch's random state on every device: read it, put it back."""

import torch

State = dict[str, list[torch.Tensor]]


def random_state() -> State:
    """The state of PyTorch's generators, by kind of device; tensors of bytes."""
    return {
        "cpu": [torch.get_rng_state()],
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "mps": [torch.mps.get_rng_state()] if torch.backends.mps.is_available() else [],
    }


def set_random_state(state: State) -> None:
    """Put back what `random_state` returned; devices that are not here are left out."""
    torch.set_rng_state(state["cpu"][0])
    if torch.cuda.is_available():
        for device, saved in zip(range(torch.cuda.device_count()), state["cuda"], strict=False):
            torch.cuda.set_rng_state(saved, device)
    if torch.backends.mps.is_available():
        for saved in state["mps"]:
            torch.mps.set_rng_state(saved)
