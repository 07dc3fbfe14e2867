"""A network that was trained on ImageNet, and what it does with photographs."""
