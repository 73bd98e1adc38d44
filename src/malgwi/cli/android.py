"""`malgwi android`: put a bundle into the Android app and sign it."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_json, add_replace, console, print_json


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("bundle", type=Path, help="NAME.malgwi")
    parser.add_argument("--output", required=True, type=Path, help="NAME.apk")
    parser.add_argument("--app-name", help="what the phone calls the app (Malgwi)")
    parser.add_argument(
        "--application-id",
        help="what the phone tells apps apart by, such as org.example.ear (org.malgwi.app)",
    )
    parser.add_argument(
        "--key",
        type=Path,
        help="a PKCS #12 file to sign with, made on first use (~/.malgwi/android.p12); its "
        "password: the environment variable MALGWI_KEY_PASSWORD, else it is asked for",
    )
    parser.add_argument("--app", type=Path, help="another prebuilt app")
    parser.add_argument(
        "--install", action="store_true", help="install it with adb on the phone at the USB cable"
    )
    add_replace(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.android.android import android, install, print_app

    app = android(
        args.bundle,
        args.output,
        app=args.app,
        app_name=args.app_name,
        application_id=args.application_id,
        key=args.key,
        replace=args.replace,
    )
    if args.json:
        print_json(app.to_json())
    else:
        print_app(app, console(args))
    if args.install:
        install(app.path, console(args))
