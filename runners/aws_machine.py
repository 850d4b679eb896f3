"""What an EC2 instance runs when it starts: the order's script, between two layers that end the machine."""

from bot.engines import Order

LARGEST = 16_384  # bytes of user data that EC2 takes

# cloud-init runs it as root, once. It reads one line after the other, so the timer is armed before anything can fail.
_USER_DATA = """\
#!/bin/sh
shutdown -P +{minutes}
trap 'shutdown -P now' EXIT
umask 077
folder=$(mktemp -d)
cat > "$folder/run" <<'STUDIO'
{script}
STUDIO
sh "$folder/run" > /dev/console 2>&1 &
child=$!
trap 'kill -TERM $child 2>/dev/null' TERM INT
wait $child
wait $child
rm -rf "$folder"
"""


def user_data(order: Order) -> str:
    """Nothing in it is worth stealing once the machine has begun: its token is good once."""
    return _USER_DATA.format(minutes=-(-order.seconds // 60), script=order.script.rstrip("\n"))
