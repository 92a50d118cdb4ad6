"""What differs from table to table. Edit this file on the board; nothing else needs to change.

As shipped the load cells are not calibrated: they give no reading, so no session can begin. Neither can one
while CHECK is not the sum that ``board_rp2040.check()`` gives for all the other values.
"""

CHECK = 0  # after every change: what check() returns

# What the drive does when its power goes: 0 = lets go (back-drivable), 1 = keeps the force (self-locking)
DRIVE = 0

# Load cells: what the converter shows at no load, and how much more at 1000 N. 0 = not calibrated.
CELL_A_ZERO = 0
CELL_A_PER_KN = 0
CELL_B_ZERO = 0
CELL_B_PER_KN = 0

# 1 = the table has an enabling switch: it runs only while somebody holds it, and releases when it is let go
HOLD_TO_RUN = 0

STEPS_PER_MM = 640  # of the motor, micro-steps included
COUNTS_PER_MM = 200  # of the encoder: both edges of its channel A

# Pins, by their number in the chip's own documentation
PIN_LINE_OUT = 0
PIN_LINE_IN = 1
PIN_CELL_A_DATA = 2
PIN_CELL_A_CLOCK = 3
PIN_CELL_B_DATA = 4
PIN_CELL_B_CLOCK = 5
PIN_STEP = 6
PIN_DIRECTION = 7  # 1 = pull
PIN_ENABLE = 8  # 1 = the drive has power; a resistor to ground keeps it at 0 while the chip starts
PIN_RELEASE = 9  # 1 = the release that needs no power is kept shut; 0, or no power, opens it
PIN_ALIVE = 10  # changes at every beat, for the watchdog outside the chip
PIN_ESTOP_OUT = 11  # each stop loop leads from OUT through its closed contacts to BACK
PIN_ESTOP_BACK = 12
PIN_PATIENT_OUT = 13
PIN_PATIENT_BACK = 14
PIN_ADAPTOR_LUMBAR = 15  # exactly one of the two adaptor pins is pulled to ground by the fitted adaptor
PIN_ADAPTOR_CERVICAL = 16
PIN_ENCODER_A = 17
PIN_ENCODER_B = 18
PIN_BUZZER = 19  # 1 = sounds
PIN_OTHER_AXES = 20  # 1 = lifts and tilts may have power; a resistor to ground keeps them still
PIN_SECOND_OUT = 21  # leads through four more closed contacts and the enabling switch, each to its own pin
PIN_ESTOP_B_BACK = 22  # the second contact of the emergency stop
PIN_SWITCH_BACK = 23  # the enabling switch: closed while it is held; read only with HOLD_TO_RUN = 1
# PIN_EASE = 24  # the patient's button to ease off: closed while it is pressed; only where a table has one
PIN_PULL_END_BACK = 26  # the switch at the end towards which the carriage pulls
PIN_SLACK_END_BACK = 27  # the switch at the other end
PIN_SUPPLY_BACK = 28  # the supervisor of the supply: closed above 0.9 of nominal
