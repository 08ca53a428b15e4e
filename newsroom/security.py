"""Response headers that keep a hostile document harmless in a browser."""

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

# Readers' pages take nothing from any other host and run no inline script or style.
READER_CSP = {
    "default-src": [NONE],
    "img-src": [SELF],
    "style-src": [SELF],
    "script-src": [SELF],
    "font-src": [SELF],
    "connect-src": [SELF],
    "manifest-src": [SELF],
    "worker-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
}

# The admin's theme builds Alpine functions from strings and sets style attributes, so its pages
# cannot live under the readers' policy. They still run no inline script and load nothing foreign.
ADMIN_CSP = {
    "default-src": [NONE],
    "img-src": [SELF, "data:"],
    "style-src": [SELF, UNSAFE_INLINE],
    "script-src": [SELF, UNSAFE_EVAL],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
}

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class PermissionsPolicyMiddleware:
    """Deny every page the powers that no page of ours asks for."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response
