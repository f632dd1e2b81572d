"""What a site in production needs, looked at from inside and, by its address, from outside.

``manage.py livesheet_doctor`` prints what the modules here find; ``check --deploy`` has the part
that the settings alone can tell.
"""
