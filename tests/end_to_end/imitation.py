"""AWS's imitation as a server: moto, which answers one call at a time and no call twice."""

import logging
import threading

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


class Once:
    """A WSGI application that runs each call once: an SDK that did not get the answer sends the call
    again, and a conditional write, which a state lock is, would then be refused by what it wrote itself.

    Calls wait for each other, so that a call is never sent again while it runs."""

    def __init__(self, application):
        self.application, self.answers, self.running = application, {}, threading.Lock()

    def __call__(self, environ, start_response):
        with self.running:
            # It is the same each time that an SDK sends a call.
            call = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
            answer = self.answers.get(call) or self.answer(environ)
            # Only a body makes a call that cannot be run twice; the rest would be kept for nothing.
            if call and environ["REQUEST_METHOD"] != "GET":
                self.answers[call] = answer
        started, body = answer
        start_response(*started)
        return body

    def answer(self, environ) -> tuple:
        """What `start_response` is called with, and the body in parts."""
        started = []
        body = self.application(environ, lambda status, headers, *_: started.extend((status, headers)))
        return started, list(body)


def serve():
    """A server of AWS's imitation on a free port of loopback, which runs in a thread until its `shutdown`."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = Once(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
