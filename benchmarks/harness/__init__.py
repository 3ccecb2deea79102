"""What the programs share: programs in a pseudo terminal, driven and measured from outside."""
