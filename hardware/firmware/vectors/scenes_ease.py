"""The patient's button to ease off, of controllers that have one: it is told of, and nothing else."""

from scene import HEALTHY, Scene, scene

from traction.wire import codes

PRESSED = HEALTHY | codes.INPUT_EASE_PRESSED


@scene("ease-pressed", "told after three closed ticks, until thirty open ones; nothing follows", "ease")
def _(s: Scene) -> None:
    s.start()
    s.setpoint()
    s.tick(2, inputs=PRESSED)
    s.tick(2)
    s.tick(3, inputs=PRESSED)
    s.setpoint()
    s.tick(10)
    s.tick(1, inputs=PRESSED)
    for _ in range(3):
        s.setpoint()
        s.tick(10)
    s.tick(2)


@scene("ease-before-a-start", "pressed since power-up it is told, and the table starts all the same", "ease")
def _(s: Scene) -> None:
    s.inputs = PRESSED
    s.start()
    s.setpoint()
    s.tick(4)
