"""What a site needs in production, examined from inside and, by its address, from outside.

``manage.py livesheet_doctor`` prints what these modules find; ``check --deploy`` includes the part
that needs only the settings.
"""
