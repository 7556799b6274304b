"""What a notebook calls: check(), and the answers of earlier notebooks."""


def check(function):
    print("placeholder")


def use_my_answers():
    print("placeholder")
